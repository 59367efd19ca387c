// A receiver of MCPoverflow webhooks on Go 1.22 or newer. It prints every verified event.
//
//	WEBHOOK_SECRET=whsec_... PORT=9000 go run .
//
// It listens on loopback: in production a proxy in front of it speaks https.
package main

import (
	"cmp"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Far more than any call has.
const maxBodyBytes = 256 * 1024

// receive takes calls that are ours, unchanged and not older than five minutes. The body is verified as
// it came, byte by byte: parsed and printed again it is another.
func receive(webhook *standardwebhooks.Webhook) http.HandlerFunc {
	return func(response http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(response, request.Body, maxBodyBytes))
		if err != nil {
			http.Error(response, "the body cannot be read, or is too large", http.StatusRequestEntityTooLarge)
			return
		}
		if err := webhook.Verify(body, request.Header); err != nil {
			http.Error(response, "not one of ours", http.StatusBadRequest)
			return
		}
		// Keep the event before the answer: after a 2xx it does not come again.
		fmt.Printf("%s %s\n", request.Header.Get("webhook-id"), body)
		response.WriteHeader(http.StatusNoContent)
	}
}

func main() {
	secret := os.Getenv("WEBHOOK_SECRET")
	if secret == "" {
		log.Fatal("WEBHOOK_SECRET is not set")
	}
	webhook, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		log.Fatal("WEBHOOK_SECRET is not a webhook secret")
	}
	address := "127.0.0.1:" + cmp.Or(os.Getenv("PORT"), "9000")
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("Listening on http://%s\n", address)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /", receive(webhook))
	server := &http.Server{Handler: mux, ReadTimeout: 15 * time.Second}
	log.Fatal(server.Serve(listener))
}
