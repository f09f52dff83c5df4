package storage

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
)

// A sealer encrypts secrets at rest. Each is bound to its company and field, so
// that nobody who can write the file can move one to another place.
type sealer struct {
	key  []byte
	aead cipher.AEAD
}

func newSealer(key []byte) (*sealer, error) {
	if len(key) < 32 {
		return nil, fmt.Errorf("the secret key has %d bytes, 32 are needed", len(key))
	}
	s := &sealer{key: key}
	block, err := aes.NewCipher(s.derive("seal"))
	if err != nil {
		return nil, err
	}
	s.aead, err = cipher.NewGCMWithRandomNonce(block)
	return s, err
}

// derive gives a key for one purpose. From any number of them nobody can work out
// the secret key, or another of them.
func (s *sealer) derive(info string) []byte {
	k, err := hkdf.Key(sha256.New, s.key, nil, "ineed-insales/v1/"+info, 32)
	if err != nil {
		panic(err) // 32 bytes of SHA-256 output cannot be too many
	}
	return k
}

// fingerprint stands in the database to tell a wrong key at the start, before
// anything is sealed with it. It tells nothing of the key.
func (s *sealer) fingerprint() []byte { return s.derive("fingerprint")[:16] }

// seal encrypts any value; open reverses it with the same company and field.
func (s *sealer) seal(company, field string, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return s.aead.Seal(nil, nil, text, []byte(company+"\x00"+field)), nil
}

func (s *sealer) open(company, field string, sealed []byte, v any) error {
	text, err := s.aead.Open(nil, nil, sealed, []byte(company+"\x00"+field))
	if err != nil {
		return fmt.Errorf("%s of company %s: %w", field, company, ErrSealed)
	}
	return json.Unmarshal(text, v)
}

// DeriveKey gives a 32-byte key for one purpose, different for every purpose
// and every installation. The secret key itself never leaves the store.
func (s *Store) DeriveKey(purpose string) []byte { return s.seal.derive("purpose/" + purpose) }

// checkKey stores the key's fingerprint in a new database and compares it in
// every other.
func (s *Store) checkKey(ctx context.Context) error {
	_, err := s.write.ExecContext(ctx,
		"INSERT INTO meta (name, value) VALUES ('key_fingerprint', ?) ON CONFLICT DO NOTHING", s.seal.fingerprint())
	if err != nil {
		return err
	}
	fits, err := s.seal.fits(ctx, s.write)
	if err == nil && !fits {
		return ErrWrongKey
	}
	return err
}

// fits reports whether a database was made with the sealer's key.
func (s *sealer) fits(ctx context.Context, db *sql.DB) (bool, error) {
	var have []byte
	err := db.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'key_fingerprint'").Scan(&have)
	return bytes.Equal(have, s.fingerprint()), err
}

// KeyFits reports whether there is a database that was made with a key.
func KeyFits(ctx context.Context, path string, key []byte) bool {
	seal, err := newSealer(key)
	if err != nil {
		return false
	}
	if _, err := os.Stat(path); err != nil {
		return false
	}
	db, err := openDB(path, 1, "query_only(1)")
	if err != nil {
		return false
	}
	defer db.Close()
	fits, err := seal.fits(ctx, db)
	return err == nil && fits
}
