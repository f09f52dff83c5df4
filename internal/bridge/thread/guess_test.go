package thread

import (
	"testing"

	"ineed-insales/storage"
)

// What is plain is proposed, and what might be two things is not.
func TestGuess(t *testing.T) {
	payments := []Choice{{ID: 1, Title: "Наличными курьеру"}, {ID: 2, Title: "Картой онлайн"}}
	deliveries := []Choice{{ID: 1, Title: "Со склада", Pickup: true}, {ID: 2, Title: "Курьером"}}
	for _, tt := range []struct {
		list        []Choice
		kind, title string
		want        int64
	}{
		{payments, "cash", "", 1}, {payments, "p1", "Наличные", 1}, {payments, "card", "", 2},
		{payments, "x", "картой ОНЛАЙН", 2}, {payments, "crypto", "", 0}, {payments, "sbp", "СБП", 0},
		{payments[:1], "crypto", "", 1}, {nil, "cash", "", 0},
		{append(payments, Choice{ID: 3, Title: "Наличными в магазине"}), "cash", "", 0},
		{append(payments, Choice{ID: 3, Title: "Наличными в магазине"}), "cash", "Наличными в магазине", 3},
		{deliveries, "pickup", "", 1}, {deliveries, "delivery", "", 2}, {deliveries, "2", "Заберу сам", 1},
		{deliveries, "drone", "", 0},
	} {
		if got := Guess(storage.Use{Type: tt.kind, Title: tt.title}, tt.list); got != tt.want {
			t.Errorf("%s %q: %d, want %d", tt.kind, tt.title, got, tt.want)
		}
	}
}
