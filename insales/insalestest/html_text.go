package insalestest

import (
	"bytes"
	"encoding/json"
	"html"
)

// encodeHTML encodes in an answer the texts that people have typed into one line. What
// is HTML by itself, such as a description, stays as it is.
func encodeHTML(body []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return body
	}
	return encode(htmlIn(v))
}

func htmlIn(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = htmlIn(v[i])
		}
	case map[string]any:
		for name, value := range v {
			text, is := value.(string)
			switch name {
			case "title", "office_title", "name", "surname", "middlename", "value", "sku":
				if is {
					value = html.EscapeString(text)
				}
			}
			v[name] = htmlIn(value)
		}
	}
	return v
}
