package bridge

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// asked sends a request to a server and answers what it was asked, in order.
func asked(t *testing.T, method, text string, answer http.HandlerFunc) ([]string, error) {
	t.Helper()
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		seen = append(seen, strings.TrimSpace(request.Method+" "+request.URL.Path+" "+string(body)))
		answer(writer, request)
	}))
	defer server.Close()
	address, err := url.Parse(server.URL + "/a")
	if err != nil {
		t.Fatal(err)
	}
	sent := &request{method: method, url: address, headers: http.Header{"Content-Type": {"text/plain"}}}
	if text != "" {
		sent.body = []byte(text)
	}
	response, err := send(context.Background(), sent)
	if err == nil {
		response.Body.Close()
	}
	return seen, err
}

func redirectOnce(status int, location string) http.HandlerFunc {
	return func(writer http.ResponseWriter, request *http.Request) {
		if request.URL.Path == "/a" {
			writer.Header().Set("Location", location)
			writer.WriteHeader(status)
		}
	}
}

func TestRedirectsKeepMethodAndBodyOnlyWhereHTTPSaysSo(t *testing.T) {
	for status, second := range map[int]string{302: "GET /b", 303: "GET /b", 307: "POST /b x", 308: "POST /b x"} {
		seen, err := asked(t, "POST", "x", redirectOnce(status, "/b"))
		if err != nil || len(seen) != 2 || seen[1] != second {
			t.Errorf("%d: %q, %v", status, seen, err)
		}
	}
}

func TestRedirectsOfOtherWritesKeepThemUnlessTheyAreDone(t *testing.T) {
	for status, second := range map[int]string{301: "PUT /b x", 302: "PUT /b x", 303: "GET /b"} {
		seen, err := asked(t, "PUT", "x", redirectOnce(status, "/b"))
		if err != nil || len(seen) != 2 || seen[1] != second {
			t.Errorf("%d: %q, %v", status, seen, err)
		}
	}
}

func TestRedirectsElsewhereAreRefused(t *testing.T) {
	for _, location := range []string{"https://evil.example/b", "//127.0.0.1:1/b", "http://user@evil.example/"} {
		seen, err := asked(t, "GET", "", redirectOnce(302, location))
		var telling tellable
		if !errors.As(err, &telling) || len(seen) != 1 {
			t.Errorf("%s: %q, %v", location, seen, err)
		}
	}
}

func TestRedirectsEndAfterThree(t *testing.T) {
	seen, err := asked(t, "GET", "", redirectOnce(302, "/a"))
	if err == nil || len(seen) != 4 {
		t.Errorf("%q, %v", seen, err)
	}
}

func TestAnAPIThatIsBusyIsWaitedForWhenTheTimeIsShort(t *testing.T) {
	date := "Wed, 21 Oct 2026 07:28:00 GMT"
	for after, times := range map[string]int{"0": 3, date: 3, "": 1, "3600": 1, "99999999999999999999": 1, "soon": 1, "Wed, 21 Oct 2026 08:28:00 GMT": 1} {
		seen, err := asked(t, "GET", "", func(writer http.ResponseWriter, _ *http.Request) {
			writer.Header().Set("Date", date)
			writer.Header().Set("Retry-After", after)
			writer.WriteHeader(http.StatusServiceUnavailable)
		})
		if err != nil || len(seen) != times {
			t.Errorf("Retry-After %q: %d requests, %v", after, len(seen), err)
		}
	}
}
