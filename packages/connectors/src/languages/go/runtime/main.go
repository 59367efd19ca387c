// The endpoint as a server.
//
// Without a token it answers only to the names of this machine: a web page that has its own name point here (DNS
// rebinding) is turned away by the name it asks for. ALLOWED_HOSTS and CONNECTOR_TOKEN lift that.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"connector/bridge"
)

const patience = 10 * time.Second

func main() {
	readEnvironment()
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	listener, err := net.Listen("tcp", net.JoinHostPort(cmp.Or(os.Getenv("HOST"), "127.0.0.1"), cmp.Or(os.Getenv("PORT"), "3000")))
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: bridge.NewHandler(variable), ReadHeaderTimeout: patience}
	go func() {
		<-stop.Done()
		deadline, done := context.WithTimeout(context.Background(), patience)
		defer done()
		_ = server.Shutdown(deadline)
	}()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	fmt.Printf("MCP endpoint: http://127.0.0.1:%s/mcp\n", port)
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}

func variable(name string) string {
	if name == "ALLOWED_HOSTS" && os.Getenv("CONNECTOR_TOKEN") == "" {
		return cmp.Or(os.Getenv(name), strings.Join(bridge.LocalNames, ","))
	}
	return os.Getenv(name)
}
