package bridge_test

import (
	"fmt"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/storage"
)

// populate puts n orders into the shop and their mapping into the connector, as
// if it had created them long ago.
func (w *world) populate(n int) (ids []int64) {
	w.t.Helper()
	for range n {
		o, err := w.shop.PlaceOrder(insalestest.Placement{Phone: "+79991112233",
			Lines: []insalestest.PlacedLine{{VariantID: 500000004}}})
		if err != nil {
			w.t.Fatal(err)
		}
		ids = append(ids, o.ID)
	}
	at := time.Now()
	err := w.proc.store.Update(w.t.Context(), func(tx *storage.Tx) error {
		for i, id := range ids {
			_, err := tx.AddOrder(&storage.Order{
				Key: w.key(fmt.Sprintf("G-%d", i)), State: storage.StateSent, AcceptedAt: at, AgeFrom: at, SentAt: at,
				AskedAt:   at,
				AccountID: insalestest.DefaultAccountID, InSalesID: id, Revision: 1, AckedRevision: 1,
				Status: &storage.Status{Status: "new", PaymentStatus: "pending"},
			}, storage.Event{At: at, Kind: storage.EventReceived})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return ids
}
