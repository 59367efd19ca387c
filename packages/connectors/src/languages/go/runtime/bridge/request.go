package bridge

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// This file makes the HTTP request of an operation and its arguments. Nothing is sent here.

// tellable is a failure whose text is for the model that chose the arguments.
type tellable string

func (t tellable) Error() string { return string(t) }

type request struct {
	method  string
	url     *url.URL
	headers http.Header
	// Nil when there is none.
	body []byte
	// Credential variables that are not set; told when the API refuses.
	missingCredentials []string
}

// buildRequest fails with a tellable when base URL or arguments do not make a request.
func buildRequest(operation *operation, arguments object, api api, settings settings) (*request, error) {
	credentials := credentialsFor(operation, api, settings)
	address, err := baseURL(operation, api, settings)
	if err != nil {
		return nil, err
	}
	path, err := pathOf(operation, arguments)
	if err != nil {
		return nil, err
	}
	address.RawPath = strings.TrimRight(address.EscapedPath(), "/") + path
	if address.Path, err = url.PathUnescape(address.RawPath); err != nil {
		return nil, err
	}
	if address.RawQuery, err = queryOf(operation, arguments, credentials); err != nil {
		return nil, err
	}
	headers := http.Header{}
	headers.Set("Accept", "application/json, text/plain;q=0.9, */*;q=0.8")
	headers.Set("User-Agent", "mcp-connector/"+api.Name)
	for _, parameter := range operation.Parameters {
		value, given := arguments.get(parameter.Argument)
		if !given || parameter.In != "header" {
			continue
		}
		if text, present := headerText(parameter.written(value), parameter.Explode != nil && *parameter.Explode); present {
			headers.Set(parameter.apiName(), text)
		}
	}
	if cookies := cookiesOf(operation, arguments, credentials); cookies != "" {
		headers.Set("Cookie", cookies)
	}
	for _, header := range credentials.headers {
		line := strings.Trim(header.value, " \t\r\n")
		// Another secret must not be made of it.
		if strings.ContainsFunc(line, isNoHeaderCharacter) {
			return nil, tellable("A secret of this connector holds a character that no header can carry.")
		}
		headers.Set(header.name, latin1(line))
	}
	built := &request{operation.Method, address, headers, nil, credentials.missing}
	if operation.Body == nil {
		return built, nil
	}
	content, err := contentOf(operation.Body, arguments)
	if err != nil {
		return nil, err
	}
	if content != nil {
		built.body = content.bytes
		headers.Set("Content-Type", content.mediaType)
	}
	return built, nil
}

// written answers the value as it is to be written: in the parameter's style, or as JSON text.
func (p parameter) written(value any) any {
	if p.JSON {
		return jsonText(value)
	}
	return value
}

// baseURL: the variable BASE_URL wins over the operation's own server, which wins over the API's.
func baseURL(operation *operation, api api, settings settings) (*url.URL, error) {
	base := either(settings.baseURL, either(operation.Server, api.BaseURL))
	if base == "" {
		return nil, tellable("The address of the API is not known: set the variable BASE_URL of this connector.")
	}
	address, err := url.Parse(strings.TrimSpace(base))
	if err != nil || address.Scheme != "http" && address.Scheme != "https" || address.Host == "" || address.User != nil {
		return nil, tellable("The variable BASE_URL of this connector is not an http or https URL.")
	}
	return &url.URL{Scheme: address.Scheme, Host: address.Host, Path: address.Path, RawPath: address.RawPath}, nil
}

var (
	placeholder = regexp.MustCompile(`\{[^{}]+\}`)
	// What a path cannot hold as it is: a lone percent sign, or any other character.
	escape = regexp.MustCompile(`%[0-9A-Fa-f]{2}|[A-Za-z0-9\-._~!$&'()*+,;=:@/]|(?s:.)`)
	// URLs resolve dot segments, escaped or not: such a value would reach another operation.
	dotSegment = regexp.MustCompile(`(?i)(?:^|/)(?:\.|%2e){1,2}(?:/|$)`)
)

func pathOf(operation *operation, arguments object) (string, error) {
	template := operation.Path
	if end := strings.IndexAny(template, "?#"); end >= 0 {
		template = template[:end]
	}
	path, err := filled(template, operation, arguments, encodeLiteral)
	if err != nil {
		return "", err
	}
	if dotSegment.MatchString(path) {
		return "", tellable(`A path argument must not be "." or "..".`)
	}
	if path != "" && !strings.HasPrefix(path, "/") {
		return "/" + path, nil
	}
	return path, nil
}

// filled writes a piece of the path template with the values of its parameters.
func filled(template string, operation *operation, arguments object, literal func(string) string) (string, error) {
	byName := map[string]parameter{}
	for _, parameter := range operation.Parameters {
		if parameter.In == "path" {
			byName[parameter.apiName()] = parameter
		}
	}
	var text strings.Builder
	last := 0
	for _, place := range placeholder.FindAllStringIndex(template, -1) {
		parameter, known := byName[template[place[0]+1:place[1]-1]]
		if !known {
			continue
		}
		value, err := pathValue(parameter, arguments)
		if err != nil {
			return "", err
		}
		text.WriteString(literal(template[last:place[0]]) + value)
		last = place[1]
	}
	text.WriteString(literal(template[last:]))
	return text.String(), nil
}

func pathValue(parameter parameter, arguments object) (string, error) {
	value, given := arguments.get(parameter.Argument)
	if given {
		value = parameter.written(value)
	}
	stays := noReserved
	if parameter.AllowReserved {
		stays = pathReserved
	}
	explode := parameter.Explode != nil && *parameter.Explode
	text := pathText(parameter.apiName(), written{value, stays}, either(parameter.Style, "simple"), explode)
	if text == "" {
		return "", tellable(fmt.Sprintf("The argument %q is needed.", parameter.Argument))
	}
	return text, nil
}

// encodeLiteral writes the template's own text: escapes and slashes stay, whatever a path cannot hold is escaped.
func encodeLiteral(text string) string {
	return escape.ReplaceAllStringFunc(text, func(part string) string {
		if len(part) == 3 && part[0] == '%' {
			return part
		}
		return encode(part, "!$&'()*+,;=:@/")
	})
}

func queryOf(operation *operation, arguments object, credentials credentials) (string, error) {
	pairs, err := templateQuery(operation, arguments)
	if err != nil {
		return "", err
	}
	var whole, ofCredentials []string
	for _, parameter := range operation.Parameters {
		switch parameter.In {
		case "query":
			pairs = append(pairs, parameterPairs(parameter, arguments)...)
		case "querystring":
			whole = append(whole, wholeQuery(parameter, arguments))
		}
	}
	for _, each := range credentials.query {
		ofCredentials = append(ofCredentials, encode(each.name, noReserved)+"="+encode(each.value, noReserved))
	}
	all := slices.Concat([]string{join(pairs, "=", "&")}, whole, ofCredentials)
	return strings.Join(slices.DeleteFunc(all, func(text string) bool { return text == "" }), "&"), nil
}

// wholeQuery answers the value as JSON, an object as a form, anything else as its text.
func wholeQuery(parameter parameter, arguments object) string {
	value, given := arguments.get(parameter.Argument)
	if !given {
		return ""
	}
	value = parameter.written(value)
	if members, ok := value.(object); ok {
		return formText(fieldsOf(members))
	}
	return encode(textOf(value), noReserved)
}

// templateQuery: some documents tell operations apart by a query in the path, such as /responses?beta=true.
func templateQuery(operation *operation, arguments object) ([]pair, error) {
	path, _, _ := strings.Cut(operation.Path, "#")
	_, query, _ := strings.Cut(path, "?")
	query, _, _ = strings.Cut(query, "?")
	var pairs []pair
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name, err := filled(formDecoded(name), operation, arguments, encodeAll)
		if err != nil {
			return nil, err
		}
		value, err = filled(formDecoded(value), operation, arguments, encodeAll)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, pair{name, value})
	}
	return pairs, nil
}

func encodeAll(text string) string { return encode(text, noReserved) }

func formDecoded(text string) string {
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		return strings.ReplaceAll(text, "+", " ")
	}
	return decoded
}

func parameterPairs(parameter parameter, arguments object) []pair {
	value, given := arguments.get(parameter.Argument)
	if !given {
		return nil
	}
	style := either(parameter.Style, "form")
	stays := noReserved
	if parameter.AllowReserved {
		stays = queryReserved
	}
	w := written{parameter.written(value), stays}
	return queryPairs(parameter.apiName(), w, style, explodes(parameter.Explode, style))
}

// explodes answers what is declared, or OpenAPI's default for the style.
func explodes(declared *bool, style string) bool {
	if declared != nil {
		return *declared
	}
	return style == "form" || style == "deepObject"
}

func cookiesOf(operation *operation, arguments object, credentials credentials) string {
	var all []pair
	for _, parameter := range operation.Parameters {
		if parameter.In == "cookie" {
			all = append(all, parameterPairs(parameter, arguments)...)
		}
	}
	for _, each := range credentials.cookies {
		all = append(all, pair{encode(each.name, noReserved), encode(each.value, cookieOctets)})
	}
	return join(all, "=", "; ")
}
