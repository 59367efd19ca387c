package main

import (
	"os"
	"strings"
)

// readEnvironment sets the variables of the file .env, but for those that are set. Nothing in it is evaluated: a shell
// would take the $ or the & of a secret for its own.
func readEnvironment() {
	text, err := os.ReadFile(".env")
	if err != nil {
		// Where it is deployed there is none.
		return
	}
	for line := range strings.Lines(string(text)) {
		name, value, isPair := strings.Cut(strings.TrimSpace(line), "=")
		name = strings.TrimSpace(name)
		if _, isSet := os.LookupEnv(name); !isPair || isSet || strings.HasPrefix(name, "#") {
			continue
		}
		_ = os.Setenv(name, unquoted(strings.TrimSpace(value)))
	}
}

func unquoted(value string) string {
	for _, quote := range []string{`"`, "'"} {
		if inner, isOpen := strings.CutPrefix(value, quote); isOpen && strings.HasSuffix(inner, quote) {
			return strings.TrimSuffix(inner, quote)
		}
	}
	return value
}
