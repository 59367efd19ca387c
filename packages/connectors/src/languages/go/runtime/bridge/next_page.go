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
		values := query[parameter.apiName()]
		its, _ := properties.get(parameter.Argument)
		kinds := kindsOf(its)
		if parameter.In != "query" || len(values) != 1 || slices.Contains(kinds, "array") || slices.Contains(kinds, "object") {
			continue
		}
		if given, present := arguments.get(parameter.Argument); present && textOf(given) == values[0] {
			continue
		}
		value := jsonText(values[0])
		isNumber := slices.Contains(kinds, "integer") || slices.Contains(kinds, "number")
		if isNumber && !slices.Contains(kinds, "string") && isPageNumber.MatchString(values[0]) {
			number, _ := strconv.ParseInt(values[0], 10, 64)
			value = jsonText(json.Number(strconv.FormatInt(number, 10)))
		}
		told = append(told, jsonText(parameter.Argument)+":"+value)
	}
	if len(told) == 0 {
		return ""
	}
	return "There is a next page. Call this again with the same arguments and {" + strings.Join(told, ",") + "}."
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
