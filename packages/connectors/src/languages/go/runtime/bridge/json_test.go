package bridge

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestJSONKeepsOrderAndDigits(t *testing.T) {
	for text, expected := range map[string]string{
		`{"b": 1, "a": [true, null], "b": 2}`: `{"b":2,"a":[true,null]}`,
		`12345678901234567890`:                `12345678901234567890`,
		`1.0`:                                 `1`,
		`1e3`:                                 `1000`,
		`1e-7`:                                `1e-7`,
		`"\u2028<&\u0001\""`:                  "\"\u2028<&\\u0001\\\"\"",
	} {
		value, err := parseJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if written := jsonText(value); written != expected {
			t.Errorf("%s is written as %s, expected %s", text, written, expected)
		}
	}
}

func TestJSONIsRefusedWhenItIsBrokenOrTooDeep(t *testing.T) {
	for _, text := range []string{``, `{`, `1 2`, strings.Repeat("[", 1_000_000)} {
		if _, err := parseJSON([]byte(text)); err == nil {
			t.Errorf("%.20s was read", text)
		}
	}
}

func TestWhateverIsShortenedStaysJSONAndWithinTheLimit(t *testing.T) {
	wide := object{}
	for range 999 {
		wide = append(wide, member{"k" + strings.Repeat("x", len(wide)%7), json.Number("1")})
	}
	for _, value := range []any{strings.Repeat("x", 9999), strings.Repeat("😀", 9999), []any{[]any{strings.Repeat("ü", 999)}}, wide} {
		short := shortJSON(value, 300)
		if length(short) > 300 || !json.Valid([]byte(short)) {
			t.Errorf("%d characters: %s", length(short), short)
		}
	}
}
