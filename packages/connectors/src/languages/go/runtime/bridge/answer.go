package bridge

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// This file makes what the model reads of the API's response.
//
// JSON is shortened as JSON, never cut in its middle: lists and texts lose their tails until it fits, and a note
// says so. Images and sound travel as such, other bytes as base64 when they are few. GraphQL tells its refusals
// with status 200, so there "errors" counts as one.

const (
	// Bytes read from an answer; what follows is never loaded.
	maxBodyBytes = 8 * 1024 * 1024
	// Bytes of a binary answer that are handed on.
	maxBinaryBytes = 1024 * 1024
	maxErrorLength = 4_000
	// Below it JSON is no longer followed when it is shortened.
	maxDepth = 32
)

var (
	requestIDHeaders = []string{"X-Request-Id", "X-Github-Request-Id", "Request-Id", "X-Correlation-Id", "Cf-Ray"}
	textMedia        = regexp.MustCompile(`^$|^text/|[/+](?:json|xml|yaml|x-yaml|javascript|x-www-form-urlencoded|x-ndjson|jsonl|graphql)$`)
)

// failure is a tool result that tells the model what went wrong and what to do.
func failure(text string) *mcp.CallToolResult {
	return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: text}}}
}

func told(texts ...string) *mcp.CallToolResult {
	result := &mcp.CallToolResult{}
	for _, text := range texts {
		result.Content = append(result.Content, &mcp.TextContent{Text: text})
	}
	return result
}

type answer struct {
	result *mcp.CallToolResult
	// A JSON answer as the model reads it, shortened or not.
	json   any
	isJSON bool
}

type reading struct {
	// Characters of an answer that reach the model.
	maxLength int
	// Variables to tell of when the API refuses.
	missingCredentials []string
	// The operation's method.
	method string
	// The answer is GraphQL's.
	graphql bool
}

// answerOf reads the response to its end, or to the limit.
func answerOf(response *http.Response, reading reading) (answer, error) {
	bytes, err := io.ReadAll(io.LimitReader(response.Body, maxBodyBytes+1))
	if err != nil {
		return answer{}, err
	}
	complete := len(bytes) <= maxBodyBytes
	mediaType, _, _ := strings.Cut(strings.ToLower(response.Header.Get("Content-Type")), ";")
	mediaType = strings.TrimSpace(mediaType)
	switch {
	case response.StatusCode < 200 || response.StatusCode > 299:
		return answer{result: refused(response, bytes, reading.missingCredentials)}, nil
	case len(bytes) == 0:
		lines := append([]string{"Done: " + statusOf(response) + "."}, saidInHeaders(response, reading.method)...)
		return answer{result: told(strings.Join(lines, "\n"))}, nil
	case textMedia.MatchString(mediaType):
		return textAnswer(decoded(bytes, response), complete, reading), nil
	case len(bytes) > maxBinaryBytes:
		return answer{result: told(fmt.Sprintf("The API answered with more than %d bytes of %s; they are not shown.", maxBinaryBytes, mediaType))}, nil
	}
	return answer{result: &mcp.CallToolResult{Content: []mcp.Content{binary(bytes, mediaType)}}}, nil
}

func binary(bytes []byte, mediaType string) mcp.Content {
	switch {
	case strings.HasPrefix(mediaType, "image/"):
		return &mcp.ImageContent{Data: bytes, MIMEType: mediaType}
	case strings.HasPrefix(mediaType, "audio/"):
		return &mcp.AudioContent{Data: bytes, MIMEType: mediaType}
	}
	// The address of the answer can hold a key.
	return &mcp.EmbeddedResource{Resource: &mcp.ResourceContents{URI: "data:" + mediaType, MIMEType: mediaType, Blob: bytes}}
}

// statusOf answers code and reason phrase, as far as the API gives one.
func statusOf(response *http.Response) string { return strings.TrimSpace(response.Status) }

var (
	// Of an address only the path is told: its query can hold a key.
	besidePath  = regexp.MustCompile(`(?i)^(?:[a-z][a-z0-9+.-]*:)?//[^/?#]*|[?#].*$`)
	toldHeaders = regexp.MustCompile(`^(?:allow|content-(?:length|type)|etag|last-modified|x-.*)$`)
)

// saidInHeaders answers what an answer without a body says: where what it made is, and what is there.
func saidInHeaders(response *http.Response, method string) []string {
	var lines []string
	all := method == http.MethodHead || method == http.MethodOptions
	for _, name := range slices.Sorted(maps.Keys(response.Header)) {
		value := strings.Join(response.Header[name], ", ")
		switch lower := strings.ToLower(name); {
		case lower == "location":
			lines = append(lines, "location: "+besidePath.ReplaceAllString(value, ""))
		case all && toldHeaders.MatchString(lower):
			lines = append(lines, lower+": "+value)
		}
	}
	return lines
}

var charset = regexp.MustCompile(`(?i)charset="?([^";\s]+)`)

// decoded answers the text in the charset that the media type names; UTF-8 where it names none, or one that nobody knows.
func decoded(bytes []byte, response *http.Response) string {
	named := charset.FindStringSubmatch(response.Header.Get("Content-Type"))
	reader, err := htmlindex.Get(strings.Join(named[min(len(named), 1):], ""))
	if err != nil || reader == encoding.Replacement {
		reader = unicode.UTF8
	}
	// What cannot be read is replaced.
	text, _ := reader.NewDecoder().Bytes(bytes)
	return strings.TrimPrefix(string(text), "\uFEFF")
}

func refused(response *http.Response, body []byte, missingCredentials []string) *mcp.CallToolResult {
	lines := []string{"The API answered " + statusOf(response) + "."}
	isRefusal := response.StatusCode == http.StatusUnauthorized || response.StatusCode == http.StatusForbidden
	if isRefusal && len(missingCredentials) > 0 {
		lines = append(lines, "The connector has no credentials: set "+strings.Join(missingCredentials, ", ")+".")
	}
	if retry := response.Header.Values("Retry-After"); len(retry) > 0 {
		lines = append(lines, "It asks to wait: Retry-After "+retry[0]+".")
	}
	for _, name := range requestIDHeaders {
		if id := response.Header.Values(name); len(id) > 0 {
			lines = append(lines, "Request id: "+id[0]+".")
			break
		}
	}
	if text := cut(strings.TrimSpace(decoded(body[:min(len(body), maxErrorLength*4)], response)), maxErrorLength); text != "" {
		lines = append(lines, text)
	}
	return failure(strings.Join(lines, "\n"))
}

func textAnswer(text string, complete bool, reading reading) answer {
	var json any
	isJSON := false
	if complete {
		var err error
		json, err = parseJSON([]byte(text))
		isJSON = err == nil
	}
	if reading.graphql && hasErrors(json) {
		return answer{result: failure("The API refused the GraphQL operation.\n" + shortJSON(json, maxErrorLength))}
	}
	if complete && length(text) <= reading.maxLength {
		return answer{told(text), json, isJSON}
	}
	short := cut(text, reading.maxLength)
	if isJSON {
		short = shortJSON(json, reading.maxLength)
		// It was written just now.
		json, _ = parseJSON([]byte(short))
	}
	note := "The answer was shortened; ask for less of it (a filter, a page, fewer fields) to see the rest."
	return answer{told(short, note), json, isJSON}
}

func hasErrors(json any) bool {
	members, _ := json.(object)
	errors, _ := members.get("errors")
	list, _ := errors.([]any)
	return len(list) > 0
}

// shortJSON answers JSON text of at most so many characters: lists and texts are halved until it fits.
func shortJSON(value any, maxLength int) string {
	for items, characters := 256, 8192; items >= 1; items, characters = items/2, max(64, characters/2) {
		if text := jsonText(trimmed(value, items, characters, 0)); length(text) <= maxLength {
			return text
		}
	}
	return jsonText(fmt.Sprintf("An answer of %d characters that cannot be shortened.", length(jsonText(value))))
}

func trimmed(value any, items, characters, depth int) any {
	switch value := value.(type) {
	case string:
		if length(value) <= characters {
			return value
		}
		return cut(value, characters) + "…"
	case []any:
		if depth > maxDepth {
			return "…"
		}
		short := make([]any, 0, min(len(value), items))
		for _, item := range value[:min(len(value), items)] {
			short = append(short, trimmed(item, items, characters, depth+1))
		}
		return short
	case object:
		if depth > maxDepth {
			return "…"
		}
		// An object is a record more often than a list; it keeps four times as many entries.
		short := object{}
		for _, each := range value[:min(len(value), items*4)] {
			short = append(short, member{each.key, trimmed(each.value, items, characters, depth+1)})
		}
		return short
	}
	return value
}
