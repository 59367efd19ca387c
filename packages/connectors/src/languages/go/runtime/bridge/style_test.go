package bridge

import (
	"encoding/json"
	"testing"
)

// The table of OpenAPI 3.1, section 4.8.12.5, "Style Examples".
var (
	colors = []any{"blue", "black", "brown"}
	shades = object{{"R", json.Number("100")}, {"G", json.Number("200")}, {"B", json.Number("150")}}
)

type styleExample struct {
	style    string
	explode  bool
	value    any
	expected string
}

func TestPathParametersAreWrittenAsTheSpecificationShows(t *testing.T) {
	for _, each := range []styleExample{
		{"simple", false, "blue", "blue"},
		{"simple", false, colors, "blue,black,brown"},
		{"simple", false, shades, "R,100,G,200,B,150"},
		{"simple", true, shades, "R=100,G=200,B=150"},
		{"label", false, "blue", ".blue"},
		{"label", false, colors, ".blue,black,brown"},
		{"label", true, colors, ".blue.black.brown"},
		{"label", false, shades, ".R,100,G,200,B,150"},
		{"label", true, shades, ".R=100.G=200.B=150"},
		{"matrix", false, "", ";color"},
		{"matrix", false, "blue", ";color=blue"},
		{"matrix", false, colors, ";color=blue,black,brown"},
		{"matrix", true, colors, ";color=blue;color=black;color=brown"},
		{"matrix", false, shades, ";color=R,100,G,200,B,150"},
		{"matrix", true, shades, ";R=100;G=200;B=150"},
	} {
		if text := pathText("color", written{each.value, noReserved}, each.style, each.explode); text != each.expected {
			t.Errorf("%+v is written as %s", each, text)
		}
	}
}

func TestQueryParametersAreWrittenAsTheSpecificationShows(t *testing.T) {
	for _, each := range []styleExample{
		{"form", true, "", "color="},
		{"form", true, "blue", "color=blue"},
		{"form", false, colors, "color=blue,black,brown"},
		{"form", true, colors, "color=blue&color=black&color=brown"},
		{"form", false, shades, "color=R,100,G,200,B,150"},
		{"form", true, shades, "R=100&G=200&B=150"},
		{"spaceDelimited", false, colors, "color=blue%20black%20brown"},
		{"spaceDelimited", false, shades, "color=R%20100%20G%20200%20B%20150"},
		{"pipeDelimited", false, colors, "color=blue%7Cblack%7Cbrown"},
		{"deepObject", true, shades, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"},
	} {
		if text := join(queryPairs("color", written{each.value, noReserved}, each.style, each.explode), "=", "&"); text != each.expected {
			t.Errorf("%+v is written as %s", each, text)
		}
	}
}
