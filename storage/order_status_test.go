package storage

import (
	"fmt"
	"reflect"
	"testing"
)

// TestSeenStatuses: in which statuses the company's orders are, however little
// the shop told of them.
func TestSeenStatuses(t *testing.T) {
	s := open(t)
	for i, status := range []*Status{
		{CustomStatus: "sobran", StatusTitle: "Собран", FulfillmentStatus: "accepted"},
		{CustomStatus: "sobran", FulfillmentStatus: "accepted"},
		{CustomStatus: "sobran", FulfillmentStatus: "odd"},
		{FulfillmentStatus: "new"},
		{},
		nil,
	} {
		add(t, s, fmt.Sprintf("S-%d", i), func(o *Order) { o.Status = status })
	}
	add(t, s, "else", func(o *Order) { o.Key.Company, o.Status = "3", &Status{CustomStatus: "other"} })
	got, err := s.SeenStatuses(t.Context(), "2")
	want := []SeenStatus{
		{"sobran", "Собран", "accepted", 2}, {"", "", "", 1}, {"", "", "new", 1}, {"sobran", "", "odd", 1},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := s.SeenStatuses(t.Context(), "4"); len(got) != 0 || err != nil {
		t.Errorf("%+v %v", got, err)
	}
}
