package bridge

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// This file says how to go on when an answer is one page of several, and its Link header says where the next one is
// (RFC 8288). The link becomes arguments of the same tool, because that is what a model can call; what stands in it
// beside them, such as a key, is not told.

var (
	links        = regexp.MustCompile(`<([^>]*)>((?:\s*;\s*[^\s,;="]+(?:\s*=\s*(?:"[^"]*"|[^\s,;"]*))?)*)`)
	isNext       = regexp.MustCompile(`(?i);\s*rel\s*=\s*(?:next\s*(?:;|$)|"(?:[^"]*\s)?next(?:\s[^"]*)?")`)
	isPageNumber = regexp.MustCompile(`^[0-9]{1,15}$`)
)

// nextPage answers a sentence with the arguments of the next page, or nothing when no argument leads to it.
func nextPage(header string, operation *operation, arguments object) string {
	query := map[string][]string{}
	for _, link := range links.FindAllStringSubmatch(header, -1) {
		if isNext.MatchString(link[2]) {
			query = formValues(link[1])
			break
		}
	}
	if len(query) == 0 {
		return ""
	}
	// It was read as JSON already.
	schema, _ := parseJSON(operation.InputSchema.text())
	members, _ := schema.(object)
	found, _ := members.get("properties")
	properties, _ := found.(object)
	var told []string
	for _, parameter := range operation.Parameters {
		if parameter.In != "query" {
			continue
		}
		its, _ := properties.get(parameter.Argument)
		text := ""
		if parameter.Style == "deepObject" {
			text = pageObject(query, parameter.apiName(), its)
		}
		values := query[parameter.apiName()]
		given, present := arguments.get(parameter.Argument)
		isGiven := present && len(values) == 1 && textOf(given) == values[0]
		if text == "" && !isGiven {
			text = pageValue(values, its)
		}
		if text != "" {
			told = append(told, jsonText(parameter.Argument)+":"+text)
		}
	}
	if len(told) == 0 {
		return ""
	}
	return "There is a next page. Call this again with the same arguments and {" + strings.Join(told, ",") + "}."
}

// pageValue answers JSON of the one value that the link has for a schema of one value, or nothing.
func pageValue(values []string, schema any) string {
	kinds := kindsOf(schema)
	if len(values) != 1 || slices.Contains(kinds, "array") || slices.Contains(kinds, "object") {
		return ""
	}
	isNumber := slices.Contains(kinds, "integer") || slices.Contains(kinds, "number")
	if isNumber && !slices.Contains(kinds, "string") && isPageNumber.MatchString(values[0]) {
		number, _ := strconv.ParseInt(values[0], 10, 64)
		return jsonText(json.Number(strconv.FormatInt(number, 10)))
	}
	return jsonText(values[0])
}

// pageObject answers JSON of the members of an object that the link has, or nothing.
func pageObject(query map[string][]string, name string, schema any) string {
	members, _ := schema.(object)
	found, _ := members.get("properties")
	properties, _ := found.(object)
	var told []string
	for _, each := range properties {
		if text := pageValue(query[name+"["+each.key+"]"], each.value); text != "" {
			told = append(told, jsonText(each.key)+":"+text)
		}
	}
	if len(told) == 0 {
		return ""
	}
	return "{" + strings.Join(told, ",") + "}"
}

// formValues answers the query of an address, whatever is wrong with it.
func formValues(address string) map[string][]string {
	address, _, _ = strings.Cut(address, "#")
	_, query, _ := strings.Cut(address, "?")
	query, _, _ = strings.Cut(query, "?")
	values := map[string][]string{}
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		if part != "" {
			values[formDecoded(name)] = append(values[formDecoded(name)], formDecoded(value))
		}
	}
	return values
}

// kindsOf answers every type that a schema of one value allows.
func kindsOf(schema any) []string {
	var kinds []string
	switch schema := schema.(type) {
	case string:
		return []string{schema}
	case []any:
		for _, each := range schema {
			kinds = append(kinds, kindsOf(each)...)
		}
	case object:
		for _, keyword := range []string{"type", "anyOf", "oneOf"} {
			value, _ := schema.get(keyword)
			kinds = append(kinds, kindsOf(value)...)
		}
	}
	return kinds
}
