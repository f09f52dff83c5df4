package insales

import "testing"

// Texts are decoded once, and nothing is decoded that is no encoded sign.
func TestTyped(t *testing.T) {
	for in, want := range map[string]string{
		"Д&#39;Артаньян &quot;Ё&quot; &lt;b&gt; &amp; К": `Д'Артаньян "Ё" <b> & К`,
		"&amp;#39; &amp;amp;":  "&#39; &amp;",
		"R&D, A&amp, x&region": "R&D, A&amp, x&region",
		"&copy; &nbsp;":        "&copy; &nbsp;",
		"&#x27;&#34;&apos;":    `'"'`,
		"":                     "",
	} {
		if got := typed(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// Each text that people see is decoded where it is read; a description stays HTML.
func TestEncodedProduct(t *testing.T) {
	const text = `{"id":1,"updated_at":"2026-11-23T12:00:00+03:00","title":"A &amp; &#39;B&#39;",
		"description":"<p>A &amp; B</p>","option_names":[{"id":2,"title":"&quot;C&quot;"}],
		"properties":[{"id":3,"title":"D&#39;"}],"characteristics":[{"id":4,"property_id":3,"title":"&lt;E&gt;"}],
		"variants":[{"id":5,"title":"F&amp;G","sku":"H&#39;","option_values":[{"option_name_id":2,"title":"I&amp;#39;"}]}]}`
	_, list, err := decodePage(t, "["+text+"]", "price")
	if err != nil || len(list) != 1 || len(list[0].Variants) != 1 || len(list[0].Properties) != 1 {
		t.Fatalf("%+v %v", list, err)
	}
	p := list[0]
	v := p.Variants[0]
	if p.Title != "A & 'B'" || p.Description != "<p>A &amp; B</p>" || v.Title != "F&G" || v.SKU != "H'" ||
		v.Options[0] != (Option{`"C"`, "I&#39;"}) || p.Properties[0].Name != "D'" || p.Properties[0].Value != "<E>" {
		t.Errorf("%+v", p)
	}
}
