package handlers

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"ineed-insales/internal/ineedchat"
)

// TestVerdicts holds what orders and envelopes say of themselves against what the validator
// reads in their tags: on the contract's examples with a few values changed at random, to such
// as are right at some place, or just not any more.
func TestVerdicts(t *testing.T) {
	s := New(Config{})
	r := rand.New(rand.NewPCG(17, 1))
	seen := map[bool]int{}
	compare := func(v interface{ Valid() bool }) {
		t.Helper()
		err := s.validate.Struct(v)
		if known := v.Valid(); known != (err == nil) {
			t.Fatalf("valid: %v; the tags: %v\n%+v", known, err, v)
		}
		seen[err == nil]++
	}
	body := exampleOrder(t)
	for range 6000 {
		e, err := ineedchat.Decode(body)
		if err != nil {
			t.Fatal(err)
		}
		o, err := e.Order()
		if err != nil {
			t.Fatal(err)
		}
		for range 1 + r.IntN(3) {
			disturb(r, reflect.ValueOf(e).Elem())
			disturb(r, reflect.ValueOf(o).Elem())
		}
		compare(e)
		compare(o)
	}
	if seen[true] < 1000 || seen[false] < 1000 {
		t.Errorf("valid, invalid: %v", seen)
	}
}

// TestVerdictsOfEach: every field by itself has every one of the values.
func TestVerdictsOfEach(t *testing.T) {
	s := New(Config{})
	var each func(root interface{ Valid() bool }, v reflect.Value)
	each = func(root interface{ Valid() bool }, v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			before := v.String()
			for _, text := range odd {
				v.SetString(text)
				if err := s.validate.Struct(root); root.Valid() != (err == nil) {
					t.Errorf("%.80q: %v", text, err)
				}
			}
			v.SetString(before)
		case reflect.Struct:
			for i := range v.NumField() {
				each(root, v.Field(i))
			}
		case reflect.Slice:
			for i := range v.Len() {
				each(root, v.Index(i))
			}
		}
	}
	e, err := ineedchat.Decode(exampleOrder(t))
	if err != nil {
		t.Fatal(err)
	}
	o, err := e.Order()
	if err != nil {
		t.Fatal(err)
	}
	each(e, reflect.ValueOf(e).Elem())
	each(o, reflect.ValueOf(o).Elem())
}

// odd are values of which each is right at some place.
var odd = []string{"", "", "1", "2", "0", "-0", "+5", "-1", "-0.001", "0.000", "0.35", "990.00", "1.2345", "1,5", "1e3",
	"007", "12345678901234567890", "123456789012345678901", "a b", "a", "pickup", "..", ".", "a:b.c_d-e", "ы",
	"2026-11-23T12:00:00Z", "2026-11-23T14:59:58+03:00", "2026-11-23T12:00:00", "yesterday", "RUB", "order.created",
	strings.Repeat("x", 64), strings.Repeat("x", 65), strings.Repeat("я", 128), strings.Repeat("я", 129),
	strings.Repeat("x", 129), strings.Repeat("я", 4000), strings.Repeat("я", 4001)}

// disturb changes something of a struct, at some depth.
func disturb(r *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		disturb(r, v.Field(r.IntN(v.NumField())))
	case reflect.String:
		v.SetString(odd[r.IntN(len(odd))])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Slice:
		if items, ok := v.Interface().(ineedchat.Items); ok {
			disturbItems(r, v, items)
		}
	}
}

// disturbItems changes one line of an order, or how many there are.
func disturbItems(r *rand.Rand, v reflect.Value, items ineedchat.Items) {
	few := map[int]ineedchat.Items{0: nil, 1: {}, 2: items[:min(1, len(items))]}
	many := map[int]int{3: 500, 4: 501}
	switch n := r.IntN(40); {
	case n < len(few):
		v.Set(reflect.ValueOf(few[n]))
	case many[n] > 0 && len(items) > 0:
		for len(items) < many[n] {
			items = append(items, items[0])
		}
		v.Set(reflect.ValueOf(items))
	case len(items) > 0:
		disturb(r, v.Index(r.IntN(len(items))))
	}
}
