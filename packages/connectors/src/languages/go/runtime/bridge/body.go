package bridge

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"strings"
)

// content is the body of a request.
type content struct {
	bytes     []byte
	mediaType string
}

// presentField is a field that has a value.
type presentField struct {
	field
	value any
}

// contentOf answers nil when no argument of the body was given.
func contentOf(body *body, arguments object) (*content, error) {
	fields := presentFields(body, arguments)
	if body.Kind == "graphql" {
		sent := object{{"query", body.Document}, {"variables", membersOf(fields)}}
		return &content{[]byte(jsonText(sent)), body.MediaType}, nil
	}
	whole, given := arguments.get(body.Argument)
	hasWhole := body.Argument != ""
	if hasWhole && !given || !hasWhole && len(fields) == 0 && !body.Required {
		return nil, nil
	}
	switch body.Kind {
	case "json":
		if !hasWhole {
			whole = membersOf(fields)
		}
		return &content{[]byte(jsonText(whole)), body.MediaType}, nil
	case "form":
		return &content{[]byte(formText(fields)), body.MediaType}, nil
	case "multipart":
		return multipartOf(fields, body.MediaType)
	case "text":
		return &content{[]byte(textOf(whole)), body.MediaType}, nil
	}
	decoded, err := bytesOf(textOf(whole), body.Argument)
	return &content{decoded, body.MediaType}, err
}

// presentFields answers the table's fields that were given, or those of the one argument that is the whole form.
func presentFields(body *body, arguments object) []presentField {
	var present []presentField
	if body.Fields != nil {
		for _, field := range body.Fields {
			if value, given := arguments.get(field.Argument); given {
				present = append(present, presentField{field, value})
			}
		}
		return present
	}
	whole, _ := arguments.get(body.Argument)
	switch whole := whole.(type) {
	case object:
		return fieldsOf(whole)
	case []any:
		for index, item := range whole {
			present = append(present, presentField{field{Argument: fmt.Sprint(index)}, item})
		}
	}
	return present
}

func fieldsOf(members object) []presentField {
	var fields []presentField
	for _, each := range members {
		fields = append(fields, presentField{field{Argument: each.key}, each.value})
	}
	return fields
}

func formText(fields []presentField) string {
	var pairs []pair
	for _, each := range fields {
		pairs = append(pairs, each.formPairs()...)
	}
	return join(pairs, "=", "&")
}

func membersOf(fields []presentField) object {
	members := object{}
	for _, each := range fields {
		members = append(members, member{each.apiName(), each.value})
	}
	return members
}

// formPairs writes a form field: in its declared style, or as repeated fields for a list and JSON for an object.
func (f presentField) formPairs() []pair {
	if f.Style != "" {
		return queryPairs(f.apiName(), written{f.value, noReserved}, f.Style, explodes(f.Explode, f.Style))
	}
	value := f.value
	if members, ok := value.(object); ok {
		value = jsonText(members)
	}
	return queryPairs(f.apiName(), written{value, noReserved}, "form", explodes(f.Explode, "form"))
}

func multipartOf(fields []presentField, mediaType string) (*content, error) {
	var form bytes.Buffer
	writer := multipart.NewWriter(&form)
	for _, each := range fields {
		if !each.File && (each.Style != "" || each.Explode != nil) {
			if err := each.writeStyled(writer); err != nil {
				return nil, err
			}
			continue
		}
		items, isList := each.value.([]any)
		if !isList {
			items = []any{each.value}
		}
		for _, item := range items {
			if item == nil {
				continue
			}
			if err := each.writePart(writer, item); err != nil {
				return nil, err
			}
		}
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return &content{form.Bytes(), mediaType + "; boundary=" + writer.Boundary()}, nil
}

// writeStyled writes texts, whatever media type is declared beside the style.
func (f presentField) writeStyled(writer *multipart.Writer) error {
	for _, each := range f.formPairs() {
		name, err := url.PathUnescape(each.name)
		if err != nil {
			return err
		}
		text, err := url.PathUnescape(each.value)
		if err != nil {
			return err
		}
		if err := (presentField{field{Argument: name}, text}).writePart(writer, text); err != nil {
			return err
		}
	}
	return nil
}

// writePart writes a file from base64, an object as JSON, anything else as text.
func (f presentField) writePart(writer *multipart.Writer, item any) error {
	name := nameEscapes.Replace(f.apiName())
	disposition := `form-data; name="` + name + `"`
	mediaType := printable(f.ContentType)
	var data []byte
	switch text := item.(type) {
	case object, []any:
		data = []byte(jsonText(item))
		mediaType = either(mediaType, "application/json")
	case string:
		data = []byte(lineBreaks.Replace(text))
	default:
		data = []byte(jsonText(item))
	}
	if f.File {
		var err error
		if data, err = bytesOf(textOf(item), f.Argument); err != nil {
			return err
		}
		disposition += `; filename="` + name + `"`
		mediaType = either(printable(f.ContentType), "application/octet-stream")
	}
	header := textproto.MIMEHeader{"Content-Disposition": {disposition}}
	if mediaType != "" {
		header.Set("Content-Type", mediaType)
	}
	part, err := writer.CreatePart(header)
	if err != nil {
		return err
	}
	_, err = part.Write(data)
	return err
}

var (
	// Text in a form has the line breaks of the web's forms.
	lineBreaks = strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n")
	// A name as browsers write it into a part's head: nothing ends it.
	nameEscapes = strings.NewReplacer("\r\n", "%0D%0A", "\r", "%0D%0A", "\n", "%0D%0A", `"`, "%22")
)

// printable answers nothing for what could end the line: that is no media type.
func printable(mediaType string) string {
	for _, character := range mediaType {
		if character < 0x20 || character > 0x7e {
			return ""
		}
	}
	return mediaType
}

var base64Forms = strings.NewReplacer("-", "+", "_", "/", " ", "", "\t", "", "\n", "", "\f", "", "\r", "")

// bytesOf reads base64 as browsers do: both alphabets, padded or not.
func bytesOf(text, argument string) ([]byte, error) {
	plain := base64Forms.Replace(text)
	if len(plain)%4 == 0 {
		plain = strings.TrimSuffix(strings.TrimSuffix(plain, "="), "=")
	}
	decoded, err := base64.RawStdEncoding.DecodeString(plain)
	if err != nil {
		return nil, tellable(fmt.Sprintf("The argument %q must be base64.", argument))
	}
	return decoded, nil
}
