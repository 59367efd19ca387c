package main

import (
	"os"
	"regexp"
	"strings"
)

// pair is a name and its value, as Node reads them from a file: between two quotes of a kind anything, otherwise what
// stands before a #. What follows a closing quote is not read.
var pair = regexp.MustCompile(`(?m)^[ \t]*(?:export +)?([^\s=#][^=\n]*?)[ \t]*=[ \t]*` +
	`(?:"([^"]*)"|'([^']*)'|\x60([^\x60]*)\x60|([^#\n]*))`)

// readEnvironment sets the variables of the file .env, but for those that are set; of a name that is there twice, the
// last value counts. Nothing in it is evaluated: a shell would take the $ or the & of a secret for its own.
func readEnvironment() {
	text, err := os.ReadFile(".env")
	if err != nil {
		// Where it is deployed there is none.
		return
	}
	values := map[string]string{}
	for _, found := range pair.FindAllStringSubmatch(strings.ReplaceAll(string(text), "\r\n", "\n"), -1) {
		double, single, backtick, plain := found[2], found[3], found[4], found[5]
		// One of them is what was found, the others are empty.
		values[found[1]] = strings.ReplaceAll(double, `\n`, "\n") + single + backtick + strings.TrimSpace(plain)
	}
	for name, value := range values {
		if _, isSet := os.LookupEnv(name); !isSet {
			_ = os.Setenv(name, value)
		}
	}
}
