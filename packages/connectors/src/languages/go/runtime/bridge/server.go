package bridge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// This file is the MCP server: it lists the operations as tools and calls the API for them.
//
// What the model did wrong and what the API refused are results with isError and a text to act on; only an unknown
// tool or cursor is a protocol error.

// Tools of one tools/list answer.
const pageSize = 100

type connector struct {
	*catalogue
	settings settings
	byName   map[string]*operation
	search   func(query string, limit int) found
}

func newServer(catalogue *catalogue, settings settings) *mcp.Server {
	api := catalogue.API
	server := mcp.NewServer(
		&mcp.Implementation{Name: api.Name, Title: api.Title, Version: api.Version},
		&mcp.ServerOptions{
			Instructions: api.Instructions,
			PageSize:     pageSize,
			Capabilities: &mcp.ServerCapabilities{Tools: &mcp.ToolCapabilities{}},
		},
	)
	server.AddReceivingMiddleware(toolsOnly)
	c := connector{catalogue, settings, map[string]*operation{}, operationSearch(catalogue.Operations)}
	for _, each := range catalogue.Operations {
		c.byName[each.Name] = each
	}
	if len(catalogue.Tools) > 0 {
		for _, each := range catalogue.Tools {
			server.AddTool(each.tool(), c.dynamicTool(each))
		}
		return server
	}
	for _, each := range catalogue.Operations {
		server.AddTool(each.tool(), func(ctx context.Context, call *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			arguments, refusal := argumentsOf(call.Params.Arguments, each.InputSchema)
			if refusal != nil {
				return refusal, nil
			}
			return c.call(ctx, each, arguments), nil
		})
	}
	return server
}

// toolsOnly refuses the methods of capabilities that this server does not declare; the SDK would answer them.
func toolsOnly(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, request mcp.Request) (mcp.Result, error) {
		switch family, _, _ := strings.Cut(method, "/"); family {
		case "prompts", "resources", "completion", "logging":
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeMethodNotFound, Message: "Method not found: " + method}
		}
		return next(ctx, method, request)
	}
}

func (o *operation) tool() *mcp.Tool {
	listed := listedTool{o.Name, o.Title, o.Description, o.InputSchema, o.Annotations}
	tool := listed.tool()
	if o.OutputSchema != nil {
		tool.OutputSchema = o.OutputSchema.RawMessage
	}
	return tool
}

func (t *listedTool) tool() *mcp.Tool {
	// An API is the open world unless said otherwise.
	openWorld := t.Annotations.OpenWorldHint == nil || *t.Annotations.OpenWorldHint
	return &mcp.Tool{
		Name:        t.Name,
		Title:       t.Title,
		Description: t.Description,
		InputSchema: t.InputSchema.RawMessage,
		Annotations: &mcp.ToolAnnotations{
			Title:           t.Title,
			ReadOnlyHint:    t.Annotations.ReadOnlyHint,
			DestructiveHint: &t.Annotations.DestructiveHint,
			IdempotentHint:  t.Annotations.IdempotentHint,
			OpenWorldHint:   &openWorld,
		},
	}
}

// argumentsOf reads the arguments, or answers what is wrong with them.
func argumentsOf(text json.RawMessage, schema *schema) (object, *mcp.CallToolResult) {
	if len(text) == 0 {
		text = json.RawMessage("{}")
	}
	value, err := parseJSON(text)
	if err != nil {
		return nil, unfit(err.Error())
	}
	arguments, isObject := value.(object)
	if !isObject {
		return nil, unfit("they are no object")
	}
	if isRounded(arguments) {
		return nil, failure("A whole number beyond 9007199254740991 cannot be sent exactly.")
	}
	if complaint := schema.complaint(arguments); complaint != "" {
		return nil, unfit(complaint)
	}
	return arguments, nil
}

func unfit(complaint string) *mcp.CallToolResult {
	return failure("The arguments do not fit the tool's schema: " + complaint)
}

// dynamicTool answers the handler of one of the tools that search, describe and call the operations.
func (c *connector) dynamicTool(tool *listedTool) mcp.ToolHandler {
	return func(ctx context.Context, call *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		arguments, refusal := argumentsOf(call.Params.Arguments, tool.InputSchema)
		if refusal != nil {
			return refusal, nil
		}
		if tool.Name == "search_operations" {
			query, _ := arguments.get("query")
			limit, _ := arguments.get("limit")
			return toldJSON(c.search(textOf(query), wholeNumber(limit)))
		}
		name, _ := arguments.get("operation")
		operation := c.byName[textOf(name)]
		if operation == nil {
			return failure("There is no such operation. Find its name with search_operations."), nil
		}
		if tool.Name == "describe_operation" {
			return toldJSON(described(operation))
		}
		value, _ := arguments.get("arguments")
		its, _ := value.(object)
		if complaint := operation.InputSchema.complaint(its); complaint != "" {
			return unfit(complaint), nil
		}
		return c.call(ctx, operation, its), nil
	}
}

func wholeNumber(value any) int {
	number, _ := value.(json.Number)
	whole, _ := number.Float64()
	return int(whole)
}

func described(operation *operation) any {
	return struct {
		Operation   string          `json:"operation"`
		Title       string          `json:"title,omitempty"`
		Description string          `json:"description"`
		Method      string          `json:"method"`
		Path        string          `json:"path"`
		InputSchema json.RawMessage `json:"inputSchema"`
		Annotations annotations     `json:"annotations"`
	}{
		operation.Name, operation.Title, operation.Description, operation.Method, operation.Path,
		operation.InputSchema.text(), operation.Annotations,
	}
}

func toldJSON(value any) (*mcp.CallToolResult, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return told(string(bytes.TrimSpace(text.Bytes()))), nil
}

// call calls the API. The arguments fit the operation's schema.
func (c *connector) call(ctx context.Context, operation *operation, arguments object) *mcp.CallToolResult {
	ctx, cancel := context.WithTimeout(ctx, c.settings.timeout)
	defer cancel()
	answer, err := c.exchange(ctx, operation, arguments)
	var telling tellable
	switch {
	case errors.As(err, &telling):
		return failure(telling.Error())
	case errors.Is(err, context.DeadlineExceeded):
		return failure(fmt.Sprintf("The API did not answer within %d ms.", c.settings.timeout.Milliseconds()))
	case err != nil:
		// The client's own words can hold the URL, and with it a key.
		return failure("The API could not be reached.")
	}
	if len(c.Tools) == 0 && operation.OutputSchema != nil && !answer.result.IsError {
		answer.result.StructuredContent = conforming(answer, operation.OutputSchema)
	}
	return answer.result
}

func (c *connector) exchange(ctx context.Context, operation *operation, arguments object) (answer, error) {
	request, err := buildRequest(operation, arguments, c.API, c.settings)
	if err != nil {
		return answer{}, err
	}
	response, err := send(ctx, request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	answer, err := answerOf(response, reading{
		maxLength:          c.settings.maxAnswerLength,
		missingCredentials: request.missingCredentials,
		method:             operation.Method,
		graphql:            operation.Body != nil && operation.Body.Kind == "graphql",
	})
	if err != nil || answer.result.IsError {
		return answer, err
	}
	if next := nextPage(strings.Join(response.Header.Values("Link"), ", "), operation, arguments); next != "" {
		answer.result.Content = append(answer.result.Content, &mcp.TextContent{Text: next})
	}
	return answer, nil
}

// conforming answers the answer as the output schema promises it. What an API answers beyond its specification is
// no reason to fail a good answer: fields and items of lists that do not fit are left out here and still stand in the
// text beside.
func conforming(answer answer, schema *schema) json.RawMessage {
	if !answer.isJSON {
		return json.RawMessage("{}")
	}
	value, isObject := answer.json.(object)
	if !isObject {
		value = object{{"result", answer.json}}
	}
	if schema.complaint(value) != "" {
		fitting := object{}
		for _, each := range value {
			if list, isList := each.value.([]any); isList && schema.complaint(object{each}) != "" {
				each.value = slices.DeleteFunc(slices.Clone(list), func(item any) bool {
					return schema.complaint(object{{each.key, []any{item}}}) != ""
				})
			}
			if schema.complaint(object{each}) == "" {
				fitting = append(fitting, each)
			}
		}
		value = fitting
	}
	return json.RawMessage(jsonText(value))
}
