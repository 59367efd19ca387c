package bridge

import (
	"cmp"
	_ "embed"
	"encoding/json"
)

// The form of this connector's data. operations.json holds nothing but values of these types, so that no text
// of the API's specification is ever code: it is looked up, encoded and sent, never evaluated.

//go:embed operations.json
var operationsJSON []byte

type catalogue struct {
	API api `json:"api"`
	// In dynamic mode, what is listed instead of the operations.
	Tools []*listedTool `json:"tools"`
	// In the order of the document.
	Operations []*operation `json:"operations"`
}

type api struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Version string `json:"version"`
	// Where the API lives unless the variable BASE_URL says otherwise.
	BaseURL      string `json:"baseUrl"`
	Instructions string `json:"instructions"`
	// How to be let in, by the scheme's name. Values come from the named variables, never from here.
	Credentials map[string]credential `json:"credentials"`
}

type credential struct {
	// apiKey, bearer or basic.
	Kind string `json:"kind"`
	// The word before a bearer's token, where it is not Bearer.
	Prefix           string `json:"prefix"`
	In               string `json:"in"`
	Parameter        string `json:"parameter"`
	Variable         string `json:"variable"`
	UsernameVariable string `json:"usernameVariable"`
	PasswordVariable string `json:"passwordVariable"`
}

type listedTool struct {
	Name        string      `json:"name"`
	Title       string      `json:"title"`
	Description string      `json:"description"`
	InputSchema *schema     `json:"inputSchema"`
	Annotations annotations `json:"annotations"`
}

type annotations struct {
	ReadOnlyHint    bool  `json:"readOnlyHint"`
	DestructiveHint bool  `json:"destructiveHint"`
	IdempotentHint  bool  `json:"idempotentHint"`
	OpenWorldHint   *bool `json:"openWorldHint,omitempty"`
}

type operation struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Method      string `json:"method"`
	// Path template, such as /pets/{petId}.
	Path string `json:"path"`
	// Base URL of an operation that lives elsewhere than the rest of the API.
	Server     string      `json:"server"`
	Parameters []parameter `json:"parameters"`
	Body       *body       `json:"body"`
	// Alternatives, each a list of credentials that go together; an empty one means none are needed.
	Security    [][]string `json:"security"`
	InputSchema *schema    `json:"inputSchema"`
	// What a successful JSON answer looks like, loosened; an answer that is no object is wrapped as {result}.
	OutputSchema *schema     `json:"outputSchema"`
	Annotations  annotations `json:"annotations"`
}

// A parameter says how a value is written, in OpenAPI's words. Absent fields take OpenAPI's defaults.
type parameter struct {
	Argument string `json:"argument"`
	// The name the API knows, when the argument is called otherwise; it may be empty.
	Name *string `json:"name"`
	// A querystring is the whole query, an object that is no JSON as a form.
	In            string `json:"in"`
	Style         string `json:"style"`
	Explode       *bool  `json:"explode"`
	AllowReserved bool   `json:"allowReserved"`
	// The value travels as JSON text.
	JSON bool `json:"json"`
}

type body struct {
	MediaType string `json:"mediaType"`
	// json, form, multipart, text, binary or graphql.
	Kind string `json:"kind"`
	// What is sent as the query of a GraphQL body; the fields are its variables.
	Document string `json:"document"`
	// Sent even when none of its fields is given.
	Required bool `json:"required"`
	// The argument that is the whole body, when the body has no fields of its own.
	Argument string `json:"argument"`
	// The arguments that make up the body's fields; nil when the whole body is one argument.
	Fields []field `json:"fields"`
}

type field struct {
	Argument    string  `json:"argument"`
	Name        *string `json:"name"`
	Style       string  `json:"style"`
	Explode     *bool   `json:"explode"`
	ContentType string  `json:"contentType"`
	// A file: the argument is base64.
	File bool `json:"file"`
}

func (p parameter) apiName() string { return *cmp.Or(p.Name, &p.Argument) }
func (f field) apiName() string     { return *cmp.Or(f.Name, &f.Argument) }

func either(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// row is an operation of the dynamic mode as it stands in the data: parameters and the schemas of arguments are
// numbers of the list they share.
type row struct {
	operation
	Parameters  []int           `json:"parameters"`
	InputSchema json.RawMessage `json:"inputSchema"`
}

// readCatalogue reads the data this package was built with. Data that cannot be read is a broken build.
func readCatalogue() *catalogue {
	var read struct {
		catalogue
		Shared     []json.RawMessage `json:"shared"`
		Operations json.RawMessage   `json:"operations"`
	}
	must(json.Unmarshal(operationsJSON, &read))
	if read.Shared == nil {
		must(json.Unmarshal(read.Operations, &read.catalogue.Operations))
		return &read.catalogue
	}
	var rows []*row
	must(json.Unmarshal(read.Operations, &rows))
	for _, each := range rows {
		read.catalogue.Operations = append(read.catalogue.Operations, each.complete(read.Shared))
	}
	return &read.catalogue
}

func (r *row) complete(shared []json.RawMessage) *operation {
	for _, index := range r.Parameters {
		var read parameter
		must(json.Unmarshal(shared[index], &read))
		r.operation.Parameters = append(r.operation.Parameters, read)
	}
	r.operation.InputSchema = &schema{RawMessage: r.InputSchema, shared: shared}
	return &r.operation
}

func must(err error) {
	if err != nil {
		panic("operations.json: " + err.Error())
	}
}
