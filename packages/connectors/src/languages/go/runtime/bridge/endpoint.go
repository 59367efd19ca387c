// Package bridge is this connector: an MCP server on one side, the API on the other. Everything in it is the same
// for every API; operations.json says which one this is.
package bridge

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// A call may carry files as base64.
const maxRequestBytes = 16 * 1024 * 1024

// LocalNames are the host names of this machine.
var LocalNames = []string{"localhost", "127.0.0.1", "[::1]"}

// NewHandler answers the MCP endpoint over HTTP, stateless, at every path. Variables are read through the function
// once, here.
//
// Set the secret CONNECTOR_TOKEN before you deploy: without it whoever knows the address can use the API with your
// credentials. Browser pages are refused unless ALLOWED_ORIGINS names their host, which also stops DNS rebinding
// against a server on your own machine; ALLOWED_HOSTS narrows the names it answers to.
func NewHandler(variable func(name string) string) http.Handler {
	settings := readSettings(variable)
	server := newServer(readCatalogue(), settings)
	endpoint := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{
		Stateless:           true,
		JSONResponse:        true,
		MaxRequestBodyBytes: maxRequestBytes,
		// Names are checked below, for every address.
		DisableLocalhostProtection:   true,
		PropagateRequestCancellation: true,
	})
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		origin := request.Header.Get("Origin")
		switch {
		case origin != "" && !slices.Contains(slices.Concat(LocalNames, settings.allowedOrigins), hostName(origin)):
			forbid(writer, "Invalid Origin: "+origin)
		case len(settings.allowedHosts) > 0 && !slices.Contains(settings.allowedHosts, hostName("http://"+request.Host)):
			forbid(writer, "Invalid Host: "+request.Host)
		case settings.connectorToken != "" && !isAuthorized(request, settings.connectorToken):
			writer.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(writer, "This connector needs its token.", http.StatusUnauthorized)
		default:
			endpoint.ServeHTTP(writer, request)
		}
	})
}

// hostName answers the address's host without its port; empty when there is none.
func hostName(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	name := strings.ToLower(parsed.Hostname())
	if strings.Contains(name, ":") {
		return "[" + name + "]"
	}
	return name
}

func forbid(writer http.ResponseWriter, message string) {
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(http.StatusForbidden)
	refusal := map[string]any{"jsonrpc": "2.0", "id": nil, "error": map[string]any{"code": -32000, "message": message}}
	// Whoever is refused may have gone.
	_ = json.NewEncoder(writer).Encode(refusal)
}

// isAuthorized compares digests, in constant time: that tells nothing about the token, nor about its length.
func isAuthorized(request *http.Request, token string) bool {
	given := sha256.Sum256([]byte(request.Header.Get("Authorization")))
	expected := sha256.Sum256([]byte("Bearer " + token))
	return subtle.ConstantTimeCompare(given[:], expected[:]) == 1
}
