package bridge

import (
	"strconv"
	"strings"
	"time"
)

// settings are the variables and secrets this connector reads. No other file knows where values come from.
type settings struct {
	// Replaces the API's own address, for every operation.
	baseURL string
	// Until a call to the API is given up.
	timeout time.Duration
	// Characters of an answer that reach the model.
	maxAnswerLength int
	// When set, callers of this server must send it as "Authorization: Bearer …".
	connectorToken string
	// Host names a browser page may call from; only the local ones unless set.
	allowedOrigins []string
	// Host names this server answers to; every name unless set.
	allowedHosts []string
	// The value of a variable; empty when it is absent.
	secret func(variable string) string
}

// readSettings reads the variables; numbers that are none fall back to their defaults (30 s, 60,000 characters).
func readSettings(variable func(name string) string) settings {
	return settings{
		baseURL:         variable("BASE_URL"),
		timeout:         time.Duration(positive(variable("TIMEOUT_MS"), 30_000)) * time.Millisecond,
		maxAnswerLength: positive(variable("MAX_ANSWER_LENGTH"), 60_000),
		connectorToken:  variable("CONNECTOR_TOKEN"),
		allowedOrigins:  list(variable("ALLOWED_ORIGINS")),
		allowedHosts:    list(variable("ALLOWED_HOSTS")),
		secret:          variable,
	}
}

func list(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

func positive(text string, fallback int) int {
	text = strings.TrimSpace(text)
	number, err := strconv.ParseUint(text, 10, 32)
	if err != nil || number == 0 || len(text) > 9 {
		return fallback
	}
	return int(number)
}
