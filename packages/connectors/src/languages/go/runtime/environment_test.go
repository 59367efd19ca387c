package main

import (
	"os"
	"testing"
)

func TestEnvironmentIsReadAsItIsWritten(t *testing.T) {
	t.Chdir(t.TempDir())
	text := "# a comment=1\nPLAIN = a$b&c=d \n\nQUOTED=\"a b\"\nSINGLE='$x'\nEMPTY=\nGIVEN=file\nno pair\n"
	if err := os.WriteFile(".env", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	// Set and taken away, so that they are as they were when the test ends.
	for _, name := range []string{"PLAIN", "QUOTED", "SINGLE", "EMPTY"} {
		t.Setenv(name, "")
		_ = os.Unsetenv(name)
	}
	t.Setenv("GIVEN", "given")
	readEnvironment()
	for name, expected := range map[string]string{"PLAIN": "a$b&c=d", "QUOTED": "a b", "SINGLE": "$x", "EMPTY": "", "GIVEN": "given"} {
		if value := os.Getenv(name); value != expected {
			t.Errorf("%s is %q, expected %q", name, value, expected)
		}
	}
}
