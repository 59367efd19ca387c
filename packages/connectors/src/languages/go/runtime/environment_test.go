package main

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestEnvironmentIsReadAsTheOtherLanguagesDo(t *testing.T) {
	text, err := os.ReadFile("../../environment.json")
	if err != nil {
		t.Fatal(err)
	}
	var shared struct {
		Lines  []string          `json:"lines"`
		Values map[string]string `json:"values"`
	}
	if err := json.Unmarshal(text, &shared); err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"\n", "\r\n"} {
		expectEnvironment(t, strings.Join(shared.Lines, end), shared.Values)
	}
}

func TestEnvironmentIsReadAsNodeDoes(t *testing.T) {
	text := "HASH=abc#def\nBACKTICK=`\"it's\"`\nINNER=a\"b\nSTRAY=\"a\"b\nUNCLOSED='a\nLAST=1"
	expectEnvironment(t, text, map[string]string{
		"HASH": "abc", "BACKTICK": `"it's"`, "INNER": `a"b`, "STRAY": "a", "UNCLOSED": "'a", "LAST": "1",
	})
}

func TestEnvironmentThatIsSetStays(t *testing.T) {
	t.Setenv("GIVEN", "given")
	writeEnvironment(t, "GIVEN=file")
	readEnvironment()
	if value := os.Getenv("GIVEN"); value != "given" {
		t.Errorf("GIVEN is %q", value)
	}
}

func expectEnvironment(t *testing.T, text string, expected map[string]string) {
	t.Helper()
	writeEnvironment(t, text)
	// Set and taken away, so that they are as they were when the test ends.
	for _, name := range slices.AppendSeq([]string{"NOT_A_NAME"}, maps.Keys(expected)) {
		t.Setenv(name, "")
		_ = os.Unsetenv(name)
	}
	readEnvironment()
	for name, wanted := range expected {
		if value := os.Getenv(name); value != wanted {
			t.Errorf("%s is %q, expected %q", name, value, wanted)
		}
	}
	if value, isSet := os.LookupEnv("NOT_A_NAME"); isSet {
		t.Errorf("a line of a value was read as a variable: %q", value)
	}
}

func writeEnvironment(t *testing.T, text string) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile(".env", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
