//go:build !race

// What a body costs in memory is not the race detector's to say, and takes it minutes.

package insales

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// many writes a part over and over.
func many(w io.Writer, before, each string, n int, behind string) {
	_, _ = io.WriteString(w, before)
	for range n {
		_, _ = io.WriteString(w, each)
	}
	_, _ = io.WriteString(w, behind)
}

// hostile are answers that are small on the wire and large behind it.
func hostile() map[string]func(w io.Writer) {
	return map[string]func(io.Writer){
		"empty objects": func(w io.Writer) { many(w, "[", "{},", 3_000_000, "{}]") },
		"objects":       func(w io.Writer) { many(w, "[", `{"id":1},`, 2_000_000, "{}]") },
		"keys": func(w io.Writer) {
			_, _ = io.WriteString(w, `{"id":7`)
			for i := range 900_000 {
				_, _ = io.WriteString(w, `,"key-`+strconv.Itoa(i)+`":1`)
			}
			_, _ = io.WriteString(w, "}")
		},
		"one order": func(w io.Writer) { many(w, `[{"id":7,"manager_comment":"`, "xxxxxxxxxx", 1_000_000, `"}]`) },
		"one text":  func(w io.Writer) { many(w, `{"id":7,"title":"`, "xxxxxxxxxx", 3_000_000, `"}`) },
		"lines": func(w io.Writer) {
			many(w, `[{"id":7,"updated_at":"2026-11-23T12:00:00+03:00","manager_comment":"","order_lines":[`,
				`{"variant_id":1,"quantity":1},`, 300_000, `{}]}]`)
		},
		"deep":          func(w io.Writer) { many(w, "", `{"order":`, 300_000, "7") },
		"deep in lists": func(w io.Writer) { many(w, "", "[", 3_000_000, "") },
		"deep in one":   func(w io.Writer) { many(w, `[{"id":7,"a":`, "[", 3_000_000, "") },
		"digits":        func(w io.Writer) { many(w, `[{"id":`, "1", 9_000_000, `}]`) },
		"blanks":        func(w io.Writer) { many(w, "", "          ", 3_000_000, `[]`) },
		"variants": func(w io.Writer) {
			many(w, `[{"id":7,"updated_at":"2026-11-23T12:00:00+03:00","variants":[{"id":1,"option_values":[`, "{},",
				2_600_000, `{}]}]}]`)
		},
	}
}

// most is what one call may allocate in all, whatever it is answered: the body
// as it is read and what is made of it, each some times over as they grow. Before
// answers were bounded it was gigabytes.
const most = 96 << 20

// TestCost answers each call with what is small on the wire and large behind it,
// and with what just fits into its bounds and is as much as can be there.
func TestCost(t *testing.T) {
	within := map[string]func(w io.Writer){
		"rows within": func(w io.Writer) { many(w, "[", `{"id":1},`, 240_000, "{}]") },
		"small orders": func(w io.Writer) {
			many(w, "[", `{"id":7,"updated_at":"2026-11-23T12:00:00+03:00","manager_comment":""},`, 1000, "{}]")
		},
		"lines within": func(w io.Writer) {
			many(w, `{"id":7,"updated_at":"2026-11-23T12:00:00+03:00","manager_comment":"","order_lines":[`,
				`{"variant_id":1,"quantity":1},`, 140_000, "{}]}")
		},
		"orders of lines": func(w io.Writer) {
			many(w, "[", `{"id":7,"updated_at":"2026-11-23T12:00:00+03:00","manager_comment":"","order_lines":[`+
				strings.Repeat(`{"variant_id":1,"quantity":1.25},`, 700)+`{}]},`, 1000, "{}]")
		},
		"unreadable": func(w io.Writer) {
			many(w, "[", `{"id":7,"a":"`+strings.Repeat("x", 20<<10)+`"},`, 1000,
				"{}]")
		},
		"products": func(w io.Writer) {
			many(w, "[", `{"id":7,"updated_at":"2026-11-23T12:00:00+03:00","variants":[`+
				strings.Repeat(`{"id":1,"price":"1.25"},`, 900)+`{}]},`, 1000, "{}]")
		},
	}
	answers := hostile()
	maps.Copy(answers, within)
	for name, write := range answers {
		var z bytes.Buffer
		zw, _ := gzip.NewWriterLevel(&z, gzip.BestSpeed)
		buffered := bufio.NewWriter(zw)
		write(buffered)
		_ = buffered.Flush()
		_ = zw.Close()
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(z.Bytes())
		})
		for op, call := range moreOperations(t) {
			c.cfg.Window = NewWindow()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_ = call(c)
			runtime.ReadMemStats(&after)
			spent := after.TotalAlloc - before.TotalAlloc
			if spent > 24<<20 {
				t.Logf("%s, %s: %d KiB on the wire, %d MiB allocated", name, op, z.Len()>>10, spent>>20)
			}
			if spent > most {
				t.Errorf("%s, %s: %d KiB on the wire, %d MiB allocated", name, op, z.Len()>>10, spent>>20)
			}
		}
	}
}

// moreOperations are all calls that read what a shop says.
func moreOperations(t *testing.T) map[string]func(*Client) error {
	all := operations(t)
	all["webhooks"] = func(c *Client) error { _, err := c.Hooks(t.Context(), permit(t, c)); return err }
	all["webhook_create"] = func(c *Client) error {
		_, err := c.CreateHook(t.Context(), permit(t, c), "a", "b")
		return err
	}
	all["webhook_delete"] = func(c *Client) error { return c.DeleteHook(t.Context(), permit(t, c), 7) }
	all["fields"] = func(c *Client) error { _, err := c.Fields(t.Context(), permit(t, c)); return err }
	all["statuses"] = func(c *Client) error { _, err := c.CustomStatuses(t.Context(), permit(t, c)); return err }
	all["collections"] = func(c *Client) error { _, err := c.Collections(t.Context(), permit(t, c), 1); return err }
	all["price_kinds"] = func(c *Client) error { _, err := c.PriceKinds(t.Context(), permit(t, c)); return err }
	all["price_sights"] = func(c *Client) error { _, _, err := c.PriceSights(t.Context(), permit(t, c)); return err }
	all["price_sight"] = func(c *Client) error {
		_, err := c.PriceSight(t.Context(), permit(t, c), "price2")
		return err
	}
	all["product"] = func(c *Client) error { _, err := c.Product(t.Context(), permit(t, c), 7, "price"); return err }
	all["products"] = func(c *Client) error {
		_, err := c.Products(t.Context(), permit(t, c), ProductQuery{PerPage: PageSize, Price: "price"},
			func(Product) {})
		return err
	}
	return all
}

// TestHookedOrderCosts: the worst bodies cost a look at each byte, some
// kilobytes and no stack.
func TestHookedOrderCosts(t *testing.T) {
	for name, part := range map[string]string{"objects": `{"order":`, "lists": `[`, "names": `"a":`, "texts": `"`,
		"escapes": `\\`, "elements": "<a>",
		"tags": "<", "attributes": `<a b="`, "comments": "<!--", "directives": "<!", "ends": "</a>", "digits": "7",
		"blanks": " "} {
		for _, begin := range []string{"", "{", `{"id":`, "<a>", "<order><id>"} {
			body := strings.NewReader(begin + strings.Repeat(part, maxHook/len(part)))
			allocated := testing.AllocsPerRun(1, func() {
				_, _ = body.Seek(0, io.SeekStart)
				_, _ = HookedOrder(body)
			})
			if allocated > 100 {
				t.Errorf("%s behind %q: %v allocations", name, begin, allocated)
			}
		}
	}
}
