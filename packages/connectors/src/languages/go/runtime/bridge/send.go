package bridge

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// This file sends a request and keeps it in bounds: redirects to the same origin only (credentials must not
// follow a redirect elsewhere), and patience with an API that is busy. The context bounds the time of everything.

const (
	maxRedirects = 3
	maxRetries   = 2
	// Longer waits are the model's business: it is told the status and can try later.
	maxWait = 5 * time.Second
)

var client = &http.Client{
	// Its own: whoever closes the idle connections of the default one, as test servers do when they end, could close
	// one that a request has just taken.
	Transport: http.DefaultTransport.(*http.Transport).Clone(),
	// Redirects are judged below.
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// send answers the API's response after redirects and retries. It fails with what the client fails with, and with
// a tellable for redirects to another host, or too many of them.
func send(ctx context.Context, sent *request) (*http.Response, error) {
	for attempt := 0; ; attempt++ {
		response, err := follow(ctx, sent)
		if err != nil {
			return nil, err
		}
		wait, again := waitBeforeRetry(response)
		if !again || attempt == maxRetries {
			return response, nil
		}
		response.Body.Close()
		if err := sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func follow(ctx context.Context, sent *request) (*http.Response, error) {
	current := *sent
	for hop := 0; ; hop++ {
		response, err := ask(ctx, &current)
		if err != nil {
			return nil, err
		}
		location := response.Header.Get("Location")
		if response.StatusCode < 300 || response.StatusCode > 399 || location == "" {
			return response, nil
		}
		response.Body.Close()
		target, err := current.url.Parse(location)
		if err != nil {
			return nil, err
		}
		if origin(target) != origin(current.url) || target.User != nil {
			return nil, elsewhere(current.url, target)
		}
		if hop >= maxRedirects {
			return nil, tellable("The API redirects too often.")
		}
		current.url = target
		if !keepsMethod(current.method, response.StatusCode) {
			current.method, current.body = http.MethodGet, nil
			current.headers = current.headers.Clone()
			current.headers.Del("Content-Type")
		}
	}
}

func elsewhere(address, target *url.URL) tellable {
	if target.Hostname() != address.Hostname() || target.Scheme == address.Scheme {
		return tellable(fmt.Sprintf("The API redirects to another host (%s); that is not followed.", target.Host))
	}
	return tellable(fmt.Sprintf(
		"The API redirects to %[1]s; that is not followed. The variable BASE_URL of this connector should begin with %[1]s://%[2]s.",
		target.Scheme, target.Host))
}

// keepsMethod: 303 asks to read elsewhere; after 301 and 302 only a POST becomes a GET, as it always was (RFC 9110,
// section 15.4).
func keepsMethod(method string, status int) bool {
	if status == http.StatusSeeOther {
		return method == http.MethodGet || method == http.MethodHead
	}
	return method != http.MethodPost || status != http.StatusMovedPermanently && status != http.StatusFound
}

func ask(ctx context.Context, sent *request) (*http.Response, error) {
	var body io.Reader
	if sent.body != nil {
		body = bytes.NewReader(sent.body)
	}
	outgoing, err := http.NewRequestWithContext(ctx, sent.method, "", body)
	if err != nil {
		return nil, err
	}
	outgoing.URL, outgoing.Host, outgoing.Header = sent.url, sent.url.Host, sent.headers
	return client.Do(outgoing)
}

// origin is what RFC 6454 compares: scheme, host and port.
func origin(address *url.URL) string {
	port := address.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[address.Scheme]
	}
	return address.Scheme + "://" + strings.ToLower(address.Hostname()) + ":" + port
}

// waitBeforeRetry answers how long to wait when the API says "later" (429, 503) and names a short time.
func waitBeforeRetry(response *http.Response) (time.Duration, bool) {
	if response.StatusCode != http.StatusTooManyRequests && response.StatusCode != http.StatusServiceUnavailable {
		return 0, false
	}
	after := strings.TrimSpace(response.Header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(after, 10, 16); err == nil {
		wait := time.Duration(seconds) * time.Second
		return wait, wait <= maxWait
	}
	// By the API's own clock, because ours may differ.
	then, err := http.ParseTime(after)
	if err != nil {
		return 0, false
	}
	now, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil {
		return 0, false
	}
	wait := then.Sub(now)
	return wait, wait >= 0 && wait <= maxWait
}
