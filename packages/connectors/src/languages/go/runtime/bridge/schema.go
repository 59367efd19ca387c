package bridge

import (
	"encoding/json"
	"regexp"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schema is a JSON Schema 2020-12. It is compiled when it is first asked, and kept: a thousand of them at the start
// would cost more than the calls.
type schema struct {
	json.RawMessage
	// When there are any, the properties are numbers of these.
	shared  []json.RawMessage
	compile sync.Once
	// Nil when the schema cannot be compiled: then everything fits, and the API itself is the judge.
	compiled *jsonschema.Schema
}

// complaint answers the value's fault in words, or nothing when it fits the schema.
func (s *schema) complaint(value any) string {
	s.compile.Do(func() { s.compiled = compiled(s.text()) })
	if s.compiled == nil {
		return ""
	}
	err := s.compiled.Validate(plain(value))
	if err == nil {
		return ""
	}
	// The first line names the schema, which has no name.
	_, faults, _ := strings.Cut(err.Error(), "\n")
	lines := strings.Split(faults, "\n")
	for index, line := range lines {
		lines[index] = strings.TrimPrefix(strings.TrimSpace(line), "- ")
	}
	return strings.Join(lines, "; ")
}

// text answers the schema as JSON.
func (s *schema) text() json.RawMessage {
	if s.shared == nil {
		return s.RawMessage
	}
	// It was read as JSON already.
	read, _ := parseJSON(s.RawMessage)
	members, _ := read.(object)
	properties, _ := members.get("properties")
	its, _ := properties.(object)
	for index, each := range its {
		place, _ := each.value.(json.Number)
		its[index].value, _ = parseJSON(s.shared[wholeNumber(place)])
	}
	return json.RawMessage(jsonText(members))
}

func compiled(text json.RawMessage) *jsonschema.Schema {
	document, err := parseJSON(text)
	if err != nil {
		return nil
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.UseRegexpEngine(readPattern)
	compiler.UseLoader(jsonschema.SchemeURLLoader{})
	if err := compiler.AddResource("arguments.json", plain(document)); err != nil {
		return nil
	}
	schema, err := compiler.Compile("arguments.json")
	if err != nil {
		return nil
	}
	return schema
}

// readPattern lets everything through where Go does not know the pattern's grammar, such as lookahead.
func readPattern(pattern string) (jsonschema.Regexp, error) {
	if expression, err := regexp.Compile(escaped.ReplaceAllStringFunc(pattern, ofGo)); err == nil {
		return expression, nil
	}
	return anything(pattern), nil
}

var escaped = regexp.MustCompile(`\\u[0-9A-Fa-f]{4}|\\.`)

// ofGo writes a character by its number as Go does.
func ofGo(escape string) string {
	if number, isNumber := strings.CutPrefix(escape, `\u`); isNumber {
		return `\x{` + number + `}`
	}
	return escape
}

type anything string

func (anything) MatchString(string) bool { return true }
func (a anything) String() string        { return string(a) }
