// Package handler is the endpoint as a Vercel function.
package handler

import (
	"net/http"
	"os"

	"connector/bridge"
)

var endpoint = bridge.NewHandler(os.Getenv)

// Handler answers one request.
func Handler(writer http.ResponseWriter, request *http.Request) {
	endpoint.ServeHTTP(writer, request)
}
