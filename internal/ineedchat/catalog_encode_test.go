package ineedchat_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ineed-insales/internal/ineedchat"
)

// TestProductEncoding: a product is written as encoding/json writes it, whatever of it
// is there and whatever stands in its texts.
func TestProductEncoding(t *testing.T) {
	text := rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"", "a", "Ж", "\"", "\\", "\n", "\t", "\b", "\f", "\r",
		"\x00", "\x1f", "\x7f", "\u00a0", "<&>", "👨\u200d👩", "\ufffd", "/"}), 0, 6),
		func(parts []string) string { return strings.Join(parts, "") })
	maybe := rapid.Ptr(text, true)
	product := rapid.Custom(func(t *rapid.T) ineedchat.Product {
		return ineedchat.Product{
			ID: text.Draw(t, "id"), Title: text.Draw(t, "title"), Description: text.Draw(t, "description"),
			URL: text.Draw(t, "url"), Visible: rapid.Bool().Draw(t, "visible"),
			CategoryIDs: rapid.SliceOfN(text, 0, 3).Draw(t, "categories"),
			Images: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ineedchat.Image {
				return ineedchat.Image{URL: text.Draw(t, "url"), Hash: text.Draw(t, "hash")}
			}), 0, 3).Draw(t, "images"),
			Properties: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ineedchat.Property {
				return ineedchat.Property{Name: text.Draw(t, "name"), Value: text.Draw(t, "value")}
			}), 0, 3).Draw(t, "properties"),
			Variants: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ineedchat.Variant {
				return ineedchat.Variant{ID: text.Draw(t, "id"), SKU: text.Draw(t, "sku"),
					Barcode: text.Draw(t, "barcode"), Price: text.Draw(t, "price"), OldPrice: maybe.Draw(t, "old"),
					Quantity: maybe.Draw(t, "quantity"), WeightKG: maybe.Draw(t, "weight"),
					Available: rapid.Bool().Draw(t, "available"),
					Options: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ineedchat.Option {
						return ineedchat.Option{Name: text.Draw(t, "name"), Value: text.Draw(t, "value")}
					}), 0, 2).Draw(t, "options")}
			}), 0, 3).Draw(t, "variants"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		p := product.Draw(t, "product")
		got, _ := p.Seal()
		var sealed struct{ Hash string }
		if err := json.Unmarshal(got, &sealed); err != nil {
			t.Fatal(err)
		}
		p.Hash = sealed.Hash
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(p); err != nil {
			t.Fatal(err)
		}
		if string(got) != strings.TrimSuffix(want.String(), "\n") {
			t.Fatalf("%s\nwant\n%s", got, want.Bytes())
		}
	})
}
