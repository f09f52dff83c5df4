package insales

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxPath is how long the names before a text of an error body may be: a body
// that is nested thousands deep names thousands of them.
const maxPath = 200

// messages collects the texts of an error body. Its shape is not documented:
// {field: [text, …]} and {"error": text} were inferred from other clients, so
// any JSON is searched for texts. A body that is not JSON has none.
func messages(body []byte) []string {
	var v any
	if json.Unmarshal(body, &v, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) != nil {
		return nil
	}
	var list []string
	var walk func(prefix string, v any)
	walk = func(prefix string, v any) {
		switch v := v.(type) {
		case string:
			if len(list) < 8 && v != "" {
				list = append(list, prefix+v)
			}
		case []any:
			for _, e := range v {
				walk(prefix, e)
			}
		case map[string]any:
			for _, name := range sortedKeys(v) {
				sub := name + ": "
				if name == "error" || name == "errors" || name == "message" || len(prefix)+len(sub) > maxPath {
					sub = ""
				}
				walk(prefix+sub, v[name])
			}
		}
	}
	walk("", v)
	return list
}
