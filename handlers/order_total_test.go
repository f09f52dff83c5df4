package handlers

import (
	"fmt"
	"testing"
	"time"

	"ineed-insales/storage"
)

// TestTotalOfWhatIsShown: a list is not said to have fewer orders than stand in it, although a page is
// looked for among more orders than its total.
func TestTotalOfWhatIsShown(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	err := p.store.Update(t.Context(), func(tx *storage.Tx) error {
		for i := range 4160 {
			o := storage.Order{Key: storage.OrderKey{Company: "2", ID: fmt.Sprint(i)}, State: storage.StateSent,
				AcceptedAt: time.Now(), Number: "abcde"}
			switch {
			case i >= 60+1500:
				o.Number = ""
			case i >= 60: // it has the same signs, but not the word
				o.Number = "abcd bcde"
			}
			if _, err := tx.AddOrder(&o, storage.Event{Kind: storage.EventReceived}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	text := p.get("/orders?q=abcde")
	has(t, text, `rel="next"`, "<p class=\"small\">Найдено не меньше 50 заказов.")
}
