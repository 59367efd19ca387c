package bridge

import (
	"encoding/base64"
	"slices"
)

// credentials are what goes on a request, for operations that ask for them and for no others.
type credentials struct {
	headers []pair
	// Not yet encoded.
	query []pair
	// Not yet encoded.
	cookies []pair
	// Variables that would have helped and are not set.
	missing []string
}

// credentialsFor answers the first of the operation's alternatives whose variables are all set. When there is
// none, the request goes out without credentials: some APIs answer anyway, and the others say what they miss.
func credentialsFor(operation *operation, api api, settings settings) credentials {
	var missing []string
	anonymous := len(operation.Security) == 0
	for _, alternative := range operation.Security {
		if len(alternative) == 0 {
			anonymous = true
			continue
		}
		complete, absent := true, false
		var found credentials
		for _, scheme := range alternative {
			credential, known := api.Credentials[scheme]
			complete = complete && known
			for _, variable := range credential.variables() {
				if settings.secret(variable) != "" {
					continue
				}
				absent = true
				if !slices.Contains(missing, variable) {
					missing = append(missing, variable)
				}
			}
			found.add(credential, settings)
		}
		if complete && !absent {
			return found
		}
	}
	if anonymous {
		return credentials{}
	}
	return credentials{missing: missing}
}

func (c credential) variables() []string {
	switch c.Kind {
	case "basic":
		return []string{c.UsernameVariable, c.PasswordVariable}
	case "bearer", "apiKey":
		return []string{c.Variable}
	}
	return nil
}

func (c *credentials) add(credential credential, settings settings) {
	value := settings.secret(credential.Variable)
	switch credential.Kind {
	case "bearer":
		c.headers = append(c.headers, pair{"Authorization", either(credential.Prefix, "Bearer") + " " + value})
	case "basic":
		user := settings.secret(credential.UsernameVariable) + ":" + settings.secret(credential.PasswordVariable)
		c.headers = append(c.headers, pair{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(user))})
	case "apiKey":
		sent := pair{credential.Parameter, value}
		switch credential.In {
		case "header":
			c.headers = append(c.headers, sent)
		case "query":
			c.query = append(c.query, sent)
		default:
			c.cookies = append(c.cookies, sent)
		}
	}
}
