package bridge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// JSON that keeps the order of its keys: a query in the style "form" and an answer that is shortened are read by
// somebody, and encoding/json would sort them. A value is nil, bool, string, json.Number, []any or object.

type member struct {
	key   string
	value any
}

type object []member

// get answers the member's value, and whether there is one.
func (o object) get(key string) (any, bool) {
	for _, each := range o {
		if each.key == key {
			return each.value, true
		}
	}
	return nil, false
}

// parseJSON reads one JSON value. A key that comes twice keeps its first place and its last value.
func parseJSON(text []byte) (any, error) {
	// Besides the syntax this bounds the depth, which the recursion below does not.
	if !json.Valid(text) {
		return nil, errors.New("not JSON")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return readValue(decoder)
}

func readValue(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('['):
		return readList(decoder)
	case json.Delim('{'):
		return readObject(decoder)
	}
	return token, nil
}

func readList(decoder *json.Decoder) (any, error) {
	list := []any{}
	for decoder.More() {
		item, err := readValue(decoder)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	_, err := decoder.Token()
	return list, err
}

func readObject(decoder *json.Decoder) (any, error) {
	read := object{}
	places := map[string]int{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		value, err := readValue(decoder)
		if err != nil {
			return nil, err
		}
		name, _ := key.(string)
		if place, known := places[name]; known {
			read[place].value = value
			continue
		}
		places[name] = len(read)
		read = append(read, member{name, value})
	}
	_, err := decoder.Token()
	return read, err
}

// jsonText writes a value without white space.
func jsonText(value any) string {
	var text strings.Builder
	writeJSON(&text, value)
	return text.String()
}

func writeJSON(text *strings.Builder, value any) {
	switch value := value.(type) {
	case object:
		text.WriteByte('{')
		for index, each := range value {
			if index > 0 {
				text.WriteByte(',')
			}
			writeString(text, each.key)
			text.WriteByte(':')
			writeJSON(text, each.value)
		}
		text.WriteByte('}')
	case []any:
		text.WriteByte('[')
		for index, item := range value {
			if index > 0 {
				text.WriteByte(',')
			}
			writeJSON(text, item)
		}
		text.WriteByte(']')
	case string:
		writeString(text, value)
	case json.Number:
		text.WriteString(numberText(value))
	case bool:
		text.WriteString(strconv.FormatBool(value))
	default:
		text.WriteString("null")
	}
}

// writeString escapes what JSON has to and no more; encoding/json also escapes what HTML and JavaScript would read.
func writeString(text *strings.Builder, value string) {
	text.WriteByte('"')
	for _, character := range value {
		if escaped, short := shortEscapes[character]; short {
			text.WriteString(escaped)
		} else if character < 0x20 {
			fmt.Fprintf(text, `\u%04x`, character)
		} else {
			text.WriteRune(character)
		}
	}
	text.WriteByte('"')
}

var shortEscapes = map[rune]string{
	'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`,
}

// numberText writes whole numbers with all their digits, however large, and others as JavaScript would: 1.0 is 1.
func numberText(number json.Number) string {
	literal := number.String()
	if whole, ok := new(big.Int).SetString(literal, 10); ok {
		return whole.String()
	}
	value, err := number.Float64()
	if err != nil {
		return literal
	}
	written, err := json.Marshal(value)
	if err != nil {
		return literal
	}
	return string(written)
}

// isRounded tells whether there is a number that could only be sent rounded: another resource would be meant. Beyond
// 1e21 JavaScript writes an exponent, and nobody takes the number for exact.
func isRounded(value any) bool {
	switch value := value.(type) {
	case object:
		return slices.ContainsFunc(value, func(each member) bool { return isRounded(each.value) })
	case []any:
		return slices.ContainsFunc(value, isRounded)
	case json.Number:
		if !strings.ContainsAny(value.String(), ".eE") {
			return false
		}
		number, err := value.Float64()
		return err != nil || number == math.Trunc(number) && math.Abs(number) >= 1<<53 && math.Abs(number) < 1e21
	}
	return false
}

// plain answers the value as encoding/json would have read it, which is what the validator takes.
func plain(value any) any {
	switch value := value.(type) {
	case object:
		members := make(map[string]any, len(value))
		for _, each := range value {
			members[each.key] = plain(each.value)
		}
		return members
	case []any:
		list := make([]any, len(value))
		for index, item := range value {
			list[index] = plain(item)
		}
		return list
	}
	return value
}

// length counts characters as JavaScript and most clients do: UTF-16 units.
func length(text string) int {
	units := 0
	for _, character := range text {
		units += utf16.RuneLen(character)
	}
	return units
}

// cut answers the text's first characters, at most so many, and never half of one.
func cut(text string, most int) string {
	units := 0
	for index, character := range text {
		units += utf16.RuneLen(character)
		if units > most {
			return text[:index]
		}
	}
	return text
}
