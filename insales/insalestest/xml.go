package insalestest

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// toXML writes what the API shows as JSON in the form of a real webhook of
// 2017: dashed names, the type of everything that is no text as an attribute,
// nil for null, and times of another format. Elements come by name; their real
// order means nothing.
func toXML(root string, body []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return body // something that Mangle made of it
	}
	x := &xmlWriter{}
	x.WriteString(xml.Header)
	x.element(root, root, v, "")
	x.WriteByte('\n')
	return x.Bytes()
}

// An xmlWriter writes what stood in an object of JSON. What it cannot know from the
// value, the type of a null or of a text, it knows by the name.
type xmlWriter struct{ bytes.Buffer }

// decimals are texts in JSON and decimals in XML.
var decimals = []string{
	"margin", "margin_amount", "total_profit", "weight", "progressive_discount", "group_discount",
}

// nilTypes are the types that nulls have; others have none.
var nilTypes = map[string]string{
	"accepted_at": "timestamp", "delivered_at": "timestamp", "paid_at": "timestamp", "delivery_date": "date",
	"delivery_from_hour": "integer", "delivery_from_minutes": "integer", "delivery_to_hour": "integer",
	"delivery_to_minutes": "integer", "client_group_id": "integer", "reserved_quantity": "integer",
}

// element writes one value. Its parent decides about a few oddities; class is
// the type attribute of an object.
func (x *xmlWriter) element(name, parent string, v any, class string) {
	tag := strings.ReplaceAll(name, "_", "-")
	switch v := v.(type) {
	case nil:
		x.WriteString("<" + tag + typeAttr(nilTypes[name]) + ` nil="true"/>`)
	case bool:
		x.leaf(tag, "boolean", strconv.FormatBool(v))
	case json.Number:
		kind := "integer"
		if strings.Contains(v.String(), ".") {
			kind = "decimal"
		}
		x.leaf(tag, kind, v.String())
	case string:
		kind, text := textOf(name, parent, v)
		x.leaf(tag, kind, text)
	case []any:
		x.list(name, tag, v)
	case map[string]any:
		x.WriteString("<" + tag + typeAttr(class) + ">")
		for _, key := range slices.Sorted(maps.Keys(v)) {
			x.element(key, name, v[key], "")
		}
		x.WriteString("</" + tag + ">")
	}
}

// list writes an array; its elements have the name in the singular, and field
// values their class.
func (x *xmlWriter) list(name, tag string, v []any) {
	if len(v) == 0 {
		x.WriteString("<" + tag + ` type="array"/>`)
		return
	}
	single, class := strings.TrimSuffix(name, "s"), ""
	if name == "fields_values" {
		class = "FieldValue"
	}
	x.WriteString("<" + tag + ` type="array">`)
	for _, e := range v {
		x.element(single, name, e, class)
	}
	x.WriteString("</" + tag + ">")
}

// textOf gives the type and the form of a text.
func textOf(name, parent, text string) (kind, form string) {
	t, err := time.Parse(time.RFC3339, text)
	switch {
	case strings.HasSuffix(name, "_at") && err == nil && (parent == "fields_value" || parent == "order_change"):
		return "datetime", t.Format("2006-01-02T15:04:05-07:00")
	case strings.HasSuffix(name, "_at") && err == nil:
		return "timestamp", t.Format("2006-01-02 15:04:05 -0700")
	case name == "delivery_date":
		return "date", text
	case slices.Contains(decimals, name):
		return "decimal", text
	case parent == "fields_value" && (name == "type" || name == "name"):
		return "NilClass", text // so it stands in the sample
	default:
		return "", text
	}
}

func typeAttr(kind string) string {
	if kind == "" {
		return ""
	}
	return ` type="` + kind + `"`
}

func (x *xmlWriter) leaf(tag, kind, text string) {
	x.WriteString("<" + tag + typeAttr(kind) + ">")
	_ = xml.EscapeText(x, []byte(text)) // into memory
	x.WriteString("</" + tag + ">")
}
