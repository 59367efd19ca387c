package bridge

import (
	"fmt"
	"slices"
	"strings"
)

// This file writes one parameter in OpenAPI's styles (specification 3.1, section 4.8.12, "Style Values").
//
// Every value is percent-encoded by itself before the style's own separators are put between, so that no value
// can add a path segment, a parameter or a header, whatever it holds. What RFC 6570 calls undefined (null, an empty
// list, an empty object) is not written at all.

type pair struct{ name, value string }

// What "allowReserved" leaves as it is: the reserved characters that a path segment or a query value can hold (RFC
// 3986, section 3). An apostrophe in a query is escaped by browsers, too.
const (
	noReserved    = ""
	pathReserved  = ":@!$&'()*+,;="
	queryReserved = ":/?@!$()*,;="
	// What a cookie's value can hold as it is (RFC 6265, section 4.1.1): servers do not decode it.
	cookieOctets = "!#$%&'()*+/:<=>?@[]^`{|}"
)

// encode percent-encodes all but unreserved characters and those that are to stay.
func encode(text, stays string) string {
	var encoded strings.Builder
	for index := range len(text) {
		character := text[index]
		if isUnreserved(character) || strings.IndexByte(stays, character) >= 0 {
			encoded.WriteByte(character)
		} else {
			fmt.Fprintf(&encoded, "%%%02X", character)
		}
	}
	return encoded.String()
}

func isUnreserved(character byte) bool {
	return 'a' <= character && character <= 'z' || 'A' <= character && character <= 'Z' ||
		'0' <= character && character <= '9' || strings.IndexByte("-._~", character) >= 0
}

// textOf answers a string as it is and anything else as JSON.
func textOf(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	return jsonText(value)
}

// written is a value on its way into a part of the request where some reserved characters may stay.
type written struct {
	value any
	stays string
}

func (w written) one(value any) string { return encode(textOf(value), w.stays) }

func (w written) items(list []any) []string {
	items := make([]string, len(list))
	for index, item := range list {
		items[index] = w.one(item)
	}
	return items
}

func (w written) pairs(members object) []pair {
	pairs := make([]pair, len(members))
	for index, each := range members {
		pairs[index] = pair{encode(each.key, noReserved), w.one(each.value)}
	}
	return pairs
}

// join writes names and values: between the two of a pair, and between pairs.
func join(pairs []pair, within, between string) string {
	parts := make([]string, len(pairs))
	for index, each := range pairs {
		parts[index] = each.name + within + each.value
	}
	return strings.Join(parts, between)
}

// defined answers the value without what is undefined in it; nil when nothing is left.
func defined(value any) any {
	switch value := value.(type) {
	case []any:
		items := slices.DeleteFunc(slices.Clone(value), func(item any) bool { return item == nil })
		if len(items) == 0 {
			return nil
		}
		return items
	case object:
		members := slices.DeleteFunc(slices.Clone(value), func(each member) bool { return each.value == nil })
		if len(members) == 0 {
			return nil
		}
		return members
	}
	return value
}

// pathText writes a path parameter in the styles simple, label and matrix; nothing when there is no value.
func pathText(name string, w written, style string, explode bool) string {
	if w.value = defined(w.value); w.value == nil {
		return ""
	}
	prefix, between := "", ","
	switch {
	case style == "label":
		prefix = "."
	case style == "matrix":
		prefix = ";"
	}
	if explode && prefix != "" {
		between = prefix
	}
	key := prefix + encode(name, noReserved)
	switch value := w.value.(type) {
	case []any:
		items := w.items(value)
		if style != "matrix" {
			return prefix + strings.Join(items, between)
		}
		if !explode {
			return key + "=" + strings.Join(items, ",")
		}
		var text strings.Builder
		for _, item := range items {
			text.WriteString(key + "=" + item)
		}
		return text.String()
	case object:
		pairs := w.pairs(value)
		if explode {
			return prefix + join(pairs, "=", between)
		}
		if style == "matrix" {
			return key + "=" + join(pairs, ",", ",")
		}
		return prefix + join(pairs, ",", ",")
	}
	text := w.one(w.value)
	if style != "matrix" {
		return prefix + text
	}
	if text == "" {
		return key
	}
	return key + "=" + text
}

// headerText writes a header's value in the style simple, and answers whether there is one. Line breaks would end
// the header: they become blanks.
func headerText(value any, explode bool) (string, bool) {
	var flat string
	switch value := defined(value).(type) {
	case nil:
		return "", false
	case []any:
		items := make([]string, len(value))
		for index, item := range value {
			items[index] = textOf(item)
		}
		flat = strings.Join(items, ",")
	case object:
		within := ","
		if explode {
			within = "="
		}
		pairs := make([]pair, len(value))
		for index, each := range value {
			pairs[index] = pair{each.key, textOf(each.value)}
		}
		flat = join(pairs, within, ",")
	default:
		flat = textOf(value)
	}
	return latin1(flat), true
}

func isNoHeaderCharacter(character rune) bool {
	return character != '\t' && (character < 0x20 || character == 0x7f || character > 0xff)
}

// latin1 answers the bytes a header carries: what is beyond Latin-1 travels percent-encoded.
func latin1(text string) string {
	var line strings.Builder
	broken := false
	for _, character := range text {
		isBreak := character == '\r' || character == '\n' || character == 0
		switch {
		case isBreak && !broken:
			line.WriteByte(' ')
		case isBreak:
		case isNoHeaderCharacter(character):
			line.WriteString(encode(string(character), noReserved))
		default:
			line.WriteByte(byte(character))
		}
		broken = isBreak
	}
	return line.String()
}

// queryPairs writes encoded name-value pairs of a query, cookie or form field in the styles form, spaceDelimited,
// pipeDelimited and deepObject.
func queryPairs(name string, w written, style string, explode bool) []pair {
	if w.value = defined(w.value); w.value == nil {
		return nil
	}
	key := encode(name, noReserved)
	separator := ","
	switch style {
	case "spaceDelimited":
		separator = "%20"
	case "pipeDelimited":
		separator = "%7C"
	}
	switch value := w.value.(type) {
	case []any:
		if style == "deepObject" {
			return deepPairs(key, value, w)
		}
		if explode && style == "form" {
			pairs := make([]pair, len(value))
			for index, item := range value {
				pairs[index] = pair{key, w.one(item)}
			}
			return pairs
		}
		return []pair{{key, strings.Join(w.items(value), separator)}}
	case object:
		if style == "deepObject" {
			return deepPairs(key, value, w)
		}
		if explode {
			return w.pairs(value)
		}
		return []pair{{key, join(w.pairs(value), separator, separator)}}
	}
	return []pair{{key, w.one(w.value)}}
}

// deepPairs writes filter[name]=x, with its brackets escaped because a query must not hold them; deeper levels and
// lists continue them, as the APIs that use this style expect.
func deepPairs(key string, value any, w written) []pair {
	var members object
	switch value := value.(type) {
	case nil:
		return nil
	case object:
		members = value
	case []any:
		for index, item := range value {
			members = append(members, member{fmt.Sprint(index), item})
		}
	default:
		return []pair{{key, w.one(value)}}
	}
	var pairs []pair
	for _, each := range members {
		pairs = append(pairs, deepPairs(key+"%5B"+encode(each.key, noReserved)+"%5D", each.value, w)...)
	}
	return pairs
}
