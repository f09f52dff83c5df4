package storage

import (
	"bytes"
	"compress/flate"
	"context"
	"fmt"
	"io"
)

// maxRequests is how many of an order's create requests are kept: its last ones.
const maxRequests = 3

// A Request is a create request as it left, deflated. It holds personal data and
// is erased with the order's person.
type Request []byte

// Pack makes a Request of JSON.
func Pack(text []byte) Request {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // of a good level and a buffer there is none
	}
	return b.Bytes()
}

// AddRequest keeps the create request of an attempt.
func (tx *Tx) AddRequest(o *Order, attempt int, r Request) error {
	if _, err := tx.exec("INSERT INTO requests (order_seq, attempt, request) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", o.seq, attempt, []byte(r)); err != nil {
		return fmt.Errorf("request of order %s: %w", o.Key, err)
	}
	if attempt <= maxRequests {
		return nil
	}
	_, err := tx.exec("DELETE FROM requests WHERE order_seq = ? AND attempt <= ?", o.seq, attempt-maxRequests)
	return err
}

// Requests gives the kept create requests of an order as JSON, by attempt.
func (s *Store) Requests(ctx context.Context, key OrderKey) (map[int][]byte, error) {
	rows, err := s.query(ctx, `SELECT attempt, request FROM requests WHERE order_seq =
		(SELECT seq FROM orders WHERE company = ? AND chat_id = ? AND test = ?)`, key.Company, key.ID, key.Test)
	if err != nil {
		return nil, fmt.Errorf("requests of order %s: %w", key, err)
	}
	defer rows.Close()
	m := map[int][]byte{}
	for rows.Next() {
		var attempt int
		var packed []byte
		if err := rows.Scan(&attempt, &packed); err != nil {
			return nil, err
		}
		if m[attempt], err = io.ReadAll(flate.NewReader(bytes.NewReader(packed))); err != nil {
			return nil, fmt.Errorf("requests of order %s: %w", key, err)
		}
	}
	return m, rows.Err()
}
