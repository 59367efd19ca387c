package bridge

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// This suite plays the cases of testdata/cases.json: it calls a tool over MCP, answers as the API would, and looks
// at what went over the wire and at what the caller sees.

type wireCase struct {
	Name        string            `json:"name"`
	Tool        string            `json:"tool"`
	Arguments   json.RawMessage   `json:"arguments"`
	Environment map[string]string `json:"environment"`
	// In order, one per expected request; the last one stays.
	Answers  []wireAnswer  `json:"answers"`
	Requests []wireRequest `json:"requests"`
	Result   wireResult    `json:"result"`
}

type wireAnswer struct {
	Status     int               `json:"status"`
	Headers    map[string]string `json:"headers"`
	Body       string            `json:"body"`
	BodyBase64 []byte            `json:"bodyBase64"`
	Hangs      bool              `json:"hangs"`
}

type wireRequest struct {
	Method        string            `json:"method"`
	Target        string            `json:"target"`
	Headers       map[string]string `json:"headers"`
	AbsentHeaders []string          `json:"absentHeaders"`
	Body          *wireBody         `json:"body"`
}

type wireBody struct {
	Kind  string          `json:"kind"`
	Value json.RawMessage `json:"value"`
	Text  string          `json:"text"`
	Data  []byte          `json:"data"`
	Parts []wirePart      `json:"parts"`
}

type wirePart struct {
	Name        string `json:"name"`
	Filename    bool   `json:"filename"`
	ContentType string `json:"contentType"`
	Data        []byte `json:"data"`
}

type wireResult struct {
	IsError     bool            `json:"isError"`
	Contains    []string        `json:"contains"`
	Excludes    []string        `json:"excludes"`
	ContentType string          `json:"contentType"`
	Structured  json.RawMessage `json:"structured"`
}

// seenRequest is a request as it arrived.
type seenRequest struct {
	method  string
	target  string
	headers http.Header
	body    []byte
}

func TestWire(t *testing.T) {
	text, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []wireCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	for index, each := range cases {
		t.Run(fmt.Sprintf("%03d %s", index+1, each.Name), func(t *testing.T) {
			t.Parallel()
			each.play(t)
		})
	}
}

// toldTool is what must be listed of a tool; a schema that is nil is not looked at.
type toldTool struct {
	Name         string          `json:"name"`
	Hints        map[string]bool `json:"hints"`
	InputSchema  json.RawMessage `json:"inputSchema"`
	OutputSchema json.RawMessage `json:"outputSchema"`
}

func TestListedTools(t *testing.T) {
	text, err := os.ReadFile("testdata/tools.json")
	if err != nil {
		t.Fatal(err)
	}
	var tools []toldTool
	if err := json.Unmarshal(text, &tools); err != nil {
		t.Fatal(err)
	}
	listed := listTools(t)
	equal(t, "number of tools", len(listed), len(tools))
	// The SDK lists tools by their names, wherever they stand in the table.
	for _, told := range tools {
		place := slices.IndexFunc(listed, func(each *mcp.Tool) bool { return each.Name == told.Name })
		if place < 0 {
			t.Errorf("%s is not listed", told.Name)
			continue
		}
		told.check(t, listed[place])
	}
}

func (w toldTool) check(t *testing.T, listed *mcp.Tool) {
	t.Helper()
	// What is not said is as MCP has it.
	hints := map[string]bool{"readOnlyHint": false, "destructiveHint": true, "idempotentHint": false, "openWorldHint": true}
	if said := listed.Annotations; said != nil {
		hints["readOnlyHint"], hints["idempotentHint"] = said.ReadOnlyHint, said.IdempotentHint
		for name, hint := range map[string]*bool{"destructiveHint": said.DestructiveHint, "openWorldHint": said.OpenWorldHint} {
			if hint != nil {
				hints[name] = *hint
			}
		}
	}
	equal(t, "hints of "+w.Name, hints, w.Hints)
	if listed.Description == "" {
		t.Errorf("%s is not described", w.Name)
	}
	if w.InputSchema != nil {
		equal(t, "input schema of "+w.Name, listed.InputSchema, parsed(t, w.InputSchema))
	}
	if w.OutputSchema != nil {
		equal(t, "output schema of "+w.Name, listed.OutputSchema, parsed(t, w.OutputSchema))
	}
}

// listTools answers every page of the list.
func listTools(t *testing.T) []*mcp.Tool {
	t.Helper()
	connector := httptest.NewServer(NewHandler(func(string) string { return "" }))
	defer connector.Close()
	client := mcp.NewClient(&mcp.Implementation{Name: "wire-test", Version: "1"}, nil)
	session, err := client.Connect(context.Background(), &mcp.StreamableClientTransport{Endpoint: connector.URL}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	var listed []*mcp.Tool
	for tool, err := range session.Tools(context.Background(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, tool)
	}
	return listed
}

func TestConnectorToken(t *testing.T) {
	connector := httptest.NewServer(NewHandler(func(variable string) string {
		return map[string]string{"CONNECTOR_TOKEN": "token"}[variable]
	}))
	defer connector.Close()
	for authorization, status := range map[string]int{
		"":               http.StatusUnauthorized,
		"Bearer another": http.StatusUnauthorized,
		"Bearer token":   http.StatusOK,
	} {
		message := strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}`)
		request, err := http.NewRequest(http.MethodPost, connector.URL, message)
		if err != nil {
			t.Fatal(err)
		}
		request.Header = http.Header{
			"Content-Type":         {"application/json"},
			"Accept":               {"application/json, text/event-stream"},
			"Mcp-Protocol-Version": {"2025-11-25"},
			"Authorization":        {authorization},
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		equal(t, "status for "+authorization, response.StatusCode, status)
	}
}

func (c wireCase) play(t *testing.T) {
	upstream := &mockUpstream{answers: c.Answers, ended: make(chan struct{})}
	api := httptest.NewServer(upstream)
	defer api.Close()
	defer close(upstream.ended)
	connector := httptest.NewServer(NewHandler(func(variable string) string {
		if value, given := c.Environment[variable]; given {
			return strings.ReplaceAll(value, "{upstream}", api.URL)
		}
		if variable == "BASE_URL" {
			return api.URL
		}
		return ""
	}))
	defer connector.Close()
	result := callTool(t, connector.URL, c.Tool, c.Arguments)
	c.Result.check(t, result)
	upstream.check(t, c.Requests)
}

func callTool(t *testing.T, endpoint, tool string, arguments json.RawMessage) *mcp.CallToolResult {
	t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "wire-test", Version: "1"}, nil)
	session, err := client.Connect(context.Background(), &mcp.StreamableClientTransport{Endpoint: endpoint}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	result, err := session.CallTool(context.Background(), &mcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// mockUpstream stands for the API: it keeps what was asked of it and answers as the case says.
type mockUpstream struct {
	answers []wireAnswer
	// Closed when the case is over: an answer that hangs waits for it.
	ended chan struct{}
	lock  sync.Mutex
	seen  []seenRequest
}

func (m *mockUpstream) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	m.lock.Lock()
	m.seen = append(m.seen, seenRequest{request.Method, request.RequestURI, request.Header, body})
	place := min(len(m.seen), len(m.answers)) - 1
	m.lock.Unlock()
	if place < 0 {
		writer.WriteHeader(http.StatusNoContent)
		return
	}
	answer := m.answers[place]
	if answer.Hangs {
		select {
		case <-m.ended:
		case <-request.Context().Done():
		}
		return
	}
	for name, value := range answer.Headers {
		writer.Header().Set(name, strings.ReplaceAll(value, "{upstream}", "http://"+request.Host))
	}
	writer.WriteHeader(answer.Status)
	_, _ = writer.Write(append([]byte(answer.Body), answer.BodyBase64...))
}

func (m *mockUpstream) check(t *testing.T, expected []wireRequest) {
	m.lock.Lock()
	defer m.lock.Unlock()
	if len(m.seen) != len(expected) {
		t.Errorf("%d requests went out, expected %d", len(m.seen), len(expected))
	}
	for index := range min(len(m.seen), len(expected)) {
		expected[index].check(t, m.seen[index])
	}
}

func (r wireRequest) check(t *testing.T, seen seenRequest) {
	equal(t, "method", seen.method, r.Method)
	equal(t, "target", seen.target, r.Target)
	for name, value := range r.Headers {
		equal(t, "header "+name, fromLatin1(strings.Join(seen.headers.Values(name), ", ")), value)
	}
	for _, name := range r.AbsentHeaders {
		if values := seen.headers.Values(name); len(values) > 0 {
			t.Errorf("header %s is there: %q", name, values)
		}
	}
	if r.Body != nil {
		r.Body.check(t, seen)
	}
}

func (b wireBody) check(t *testing.T, seen seenRequest) {
	switch b.Kind {
	case "none":
		equal(t, "body", string(seen.body), "")
	case "json":
		equal(t, "body", parsed(t, seen.body), parsed(t, b.Value))
	case "text":
		equal(t, "body", string(seen.body), b.Text)
	case "base64":
		equal(t, "body", base64.StdEncoding.EncodeToString(seen.body), base64.StdEncoding.EncodeToString(b.Data))
	case "multipart":
		b.checkParts(t, seen)
	}
}

func (b wireBody) checkParts(t *testing.T, seen seenRequest) {
	_, parameters, err := mime.ParseMediaType(seen.headers.Get("Content-Type"))
	if err != nil {
		t.Error(err)
		return
	}
	reader := multipart.NewReader(bytes.NewReader(seen.body), parameters["boundary"])
	for _, expected := range b.Parts {
		part, err := reader.NextRawPart()
		if err != nil {
			t.Errorf("part %q: %v", expected.Name, err)
			return
		}
		data, _ := io.ReadAll(part)
		equal(t, "part", part.FormName(), expected.Name)
		equal(t, "part "+expected.Name, string(data), string(expected.Data))
		if isFile := part.FileName() != ""; isFile != expected.Filename {
			t.Errorf("part %s has a file name: %t", expected.Name, isFile)
		}
		if expected.ContentType != "" {
			equal(t, "type of part "+expected.Name, part.Header.Get("Content-Type"), expected.ContentType)
		}
	}
	if part, err := reader.NextRawPart(); err == nil {
		t.Errorf("one part more: %q", part.FormName())
	}
}

func (r wireResult) check(t *testing.T, result *mcp.CallToolResult) {
	var texts []string
	for _, content := range result.Content {
		if text, ok := content.(*mcp.TextContent); ok {
			texts = append(texts, text.Text)
		}
	}
	text := strings.Join(texts, "\n")
	if result.IsError != r.IsError {
		t.Errorf("isError is %t: %s", result.IsError, text)
	}
	for _, part := range r.Contains {
		if !strings.Contains(text, part) {
			t.Errorf("the result does not hold %q: %s", part, text)
		}
	}
	for _, part := range r.Excludes {
		if strings.Contains(text, part) {
			t.Errorf("the result holds %q: %s", part, text)
		}
	}
	if r.ContentType != "" {
		equal(t, "content", fmt.Sprintf("%T", append(result.Content, nil)[0]), map[string]string{
			"image": "*mcp.ImageContent", "audio": "*mcp.AudioContent", "resource": "*mcp.EmbeddedResource",
		}[r.ContentType])
	}
	if r.Structured != nil {
		equal(t, "structured content", result.StructuredContent, parsed(t, r.Structured))
	}
}

func parsed(t *testing.T, text []byte) any {
	t.Helper()
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Errorf("no JSON: %s", text)
	}
	return value
}

// fromLatin1 answers the text that a header's bytes stand for.
func fromLatin1(value string) string {
	characters := make([]rune, len(value))
	for index := range len(value) {
		characters[index] = rune(value[index])
	}
	return string(characters)
}

func equal(t *testing.T, what string, got, expected any) {
	t.Helper()
	if !reflect.DeepEqual(got, expected) {
		t.Errorf("%s is %q, expected %q", what, got, expected)
	}
}
