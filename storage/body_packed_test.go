package storage

import (
	"bytes"
	"math/rand/v2"
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
}

// TestPackedOrder: an order's body stands deflated, comes back whole by every
// way there is, and one of before is read as it was.
func TestPackedOrder(t *testing.T) {
	s := open(t)
	body := `{"data":{"payment":{"type_id":"cash","title":"Наличные"},"comment":"` + strings.Repeat("x", 3000) + `"}}`
	old := strings.Replace(body, "cash", "card", 1)
	add(t, s, "new", func(o *Order) { o.Body = []byte(body); o.PackBody() })
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
	uses, err := s.Uses(t.Context(), "2", UsePayment)
	if err != nil || len(uses) != 2 || uses[0].Type != "card" || uses[1] != (Use{"cash", "Наличные", 1}) {
		t.Errorf("%+v %v", uses, err)
	}
}

// BenchmarkPackBody is what packing costs an order of 3 KB before its
// transaction begins.
func BenchmarkPackBody(b *testing.B) {
	body := []byte(strings.Repeat(`{"variant_id":"500000001","quantity":"1","price":"990.00","title":"Чай"},`, 40))
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		packBody(body)
	}
}
