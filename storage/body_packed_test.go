package storage

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// noise gives n bytes that nothing makes smaller, the same ones each time.
func noise(n int) []byte {
	out := make([]byte, n)
	r := rand.NewChaCha8([32]byte{})
	_, _ = r.Read(out)
	return out
}

// TestPackBody: whatever came comes back to the byte, small and odd bodies
// included, and what can be made smaller is.
func TestPackBody(t *testing.T) {
	order := []byte(`{"data":{"comment":"` + strings.Repeat("домофон 12, ", 200) + `"}}`)
	tests := []struct {
		name string
		body []byte
		most int // bytes in the row
	}{
		{"small", []byte(`{"id":"1"}`), 10},
		{"just below", bytes.Repeat([]byte("x"), packFrom-1), packFrom - 1},
		{"just there", bytes.Repeat([]byte("x"), packFrom), packFrom / 8},
		{"an order", order, len(order) / 4},
		{"noise", append([]byte("{"), noise(5000)...), 5001},
		{"begins with the mark of a deflated one", []byte("\x00{}"), 4},
		{"begins with the mark of a plain one", []byte("\x01{}"), 4},
		{"noise that begins so", append([]byte{0}, noise(5000)...), 5002},
		{"a byte order mark", []byte("\ufeff{}"), 5},
		{"empty", []byte{}, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			stored := packBody(test.body)
			got, err := unpackBody(stored)
			if err != nil || !bytes.Equal(got, test.body) || got == nil {
				t.Errorf("%q came back as %q, %v", test.body, got, err)
			}
			if len(stored) > test.most {
				t.Errorf("%d bytes stand as %d, want at most %d", len(test.body), len(stored), test.most)
			}
		})
	}
	if packBody(nil) != nil {
		t.Error("no body became one")
	}
	if _, err := unpackBody([]byte{bodyDeflated, 0xff, 0xff}); err == nil {
		t.Error("a damaged body is read")
	}
	if _, err := unpackOrder([]byte{orderInWords, 0xff, 0xff}); err == nil {
		t.Error("a damaged order is read")
	}
	if got, err := unpackBody([]byte{orderInWords, 0xff}); err != nil || len(got) != 2 {
		t.Errorf("what was no order came back as %q, %v", got, err)
	}
}

// TestPackOrder: the webhook of an order comes back to the byte, whatever it is, and is
// shorter than with codes of its own if it is one of the contract.
func TestPackOrder(t *testing.T) {
	read := func(name string) []byte {
		body, err := os.ReadFile("../testdata/ineedchat/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	example := read("order_created.json")
	for _, body := range [][]byte{example, read("order_created_min.json")} {
		if own, words := len(deflate(nil, body, nil)), len(packOrder(body)); words >= own {
			t.Errorf("%d bytes stand as %d, with codes of their own as %d", len(body), words, own)
		}
	}
	bodies := [][]byte{{}, []byte("{"), []byte("{}\x00"), {0}, {1}, {2}, {2, 2, 2, 2, 2}, noise(16 << 10), noise(40 << 10),
		bytes.Repeat(example, (100<<10)/len(example)), bytes.Repeat([]byte("\xff"), 100<<10)}
	for n := 1; n <= 600; n++ { // every length and every distance there is, and their neighbours
		piece := noise(n)
		bodies = append(bodies, slices.Concat([]byte("{"), piece, piece), slices.Concat(piece, noise(8<<10), piece),
			bytes.Repeat([]byte("z"), n))
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		at := r.IntN(len(example))
		bodies = append(bodies, slices.Concat(example[:at], example[r.IntN(at+1):], noise(r.IntN(9))))
	}
	for _, body := range bodies {
		got, err := unpackOrder(packOrder(body))
		if err != nil || !bytes.Equal(got, body) {
			t.Fatalf("%.200q came back as %.200q, %v", body, got, err)
		}
	}
}

// TestOrderWords: what is stored cannot be read with other words.
func TestOrderWords(t *testing.T) {
	const want = "1dd09a071235f3f3111237fff8ebce7c0b52cf12449ad3ee318f7ef35b9a874e"
	if got := fmt.Sprintf("%x", sha256.Sum256(orderWords)); got != want {
		t.Errorf("the words have changed: %s", got)
	}
}

// TestPackedOrder: an order's body stands deflated, comes back whole by every
// way there is, and one of before is read as it was.
func TestPackedOrder(t *testing.T) {
	s := open(t)
	body := `{"data":{"payment":{"type_id":"cash","title":"Наличные"},"comment":"` + strings.Repeat("x", 3000) + `"}}`
	old := strings.Replace(body, "cash", "card", 1)
	add(t, s, "new", func(o *Order) { o.Body = []byte(body); s.PackBody(o) })
	add(t, s, "old", func(o *Order) { o.Body = []byte(old) })
	do(t, s, func(tx *Tx) error {
		_, err := tx.exec("UPDATE bodies SET body = ? WHERE order_seq = (SELECT seq FROM orders WHERE chat_id = 'old')",
			[]byte(old))
		return err
	})
	var size int
	if err := s.queryRow(t.Context(),
		"SELECT length(body) FROM bodies JOIN orders ON seq = order_seq WHERE chat_id = 'new'").
		Scan(&size); err != nil || size > 300 {
		t.Errorf("%d bytes, %v", size, err)
	}
	for id, want := range map[string]string{"new": body, "old": old} {
		o, err := s.Order(t.Context(), OrderKey{Company: "2", ID: id})
		if err != nil || string(o.Body) != want {
			t.Errorf("%s: %q %v", id, o.Body, err)
		}
		do(t, s, func(tx *Tx) error {
			got, err := tx.Body(&o)
			if string(got) != want {
				t.Errorf("%s in a transaction: %q", id, got)
			}
			return err
		})
	}
	page, err := s.Orders(t.Context(), "2", OrderFilter{Bodies: true})
	if err != nil || len(page.Orders) != 2 || string(page.Orders[0].Body) != old ||
		string(page.Orders[1].Body) != body {
		t.Errorf("%+v %v", page, err)
	}
	all, err := s.Uses(t.Context(), "2", Uses{})
	uses := all.Payments
	if err != nil || len(uses) != 2 || uses[0].Type != "card" || uses[1] != (Use{"cash", "Наличные", 1}) {
		t.Errorf("%+v %v", uses, err)
	}
}

// BenchmarkPackBody is what packing costs an order of the contract before its transaction
// begins, behind the words and without them.
func BenchmarkPackBody(b *testing.B) {
	body, err := os.ReadFile("../testdata/ineedchat/order_created.json")
	if err != nil {
		b.Fatal(err)
	}
	for name, pack := range map[string]func([]byte) []byte{"words": packOrder, "own": packBody} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			n := 0
			for b.Loop() {
				n = len(pack(body))
			}
			b.ReportMetric(float64(n), "B/order")
		})
	}
}

// TestPackingPanics: a panic while an order is packed ends neither the program nor those who
// pack, and after Close nobody waits for them.
func TestPackingPanics(t *testing.T) {
	s := open(t)
	for range 2 * runtime.GOMAXPROCS(0) {
		s.packings <- func() { panic("test") }
	}
	o := Order{Body: []byte(strings.Repeat("a body ", 100))}
	if s.PackBody(&o); !bytes.Equal(o.packed, packOrder(o.Body)) {
		t.Errorf("packed as %x", o.packed)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.PackBody(&o)
}
