package login

import (
	"context"
	"crypto/rand"
	"strconv"
	"strings"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// Tokens of the API are made here and nowhere chosen by people: each is as random as a key. So a
// plain hash keeps them as safe as bcrypt would, and costs a request next to nothing.

// tokenMark is what each token begins with, so that it is known for one where it was left lying.
const tokenMark = "ineed_"

// EnvironmentToken is what the token of the API is called that the operator has set. No other
// is called so, or the lists would have two, and the journal could not tell them apart.
const EnvironmentToken = "CONNECTOR_API_TOKEN"

// mostTokens bounds the tokens.
const mostTokens = 100

// usedEvery is how exactly it is known when a token was last used: so rarely does a request write.
const usedEvery = time.Minute

// Tokens gives the tokens of the API, the oldest first.
func (a *Account) Tokens(ctx context.Context) ([]storage.Token, error) { return a.store.Tokens(ctx) }

// MakeToken makes a token of the API and gives it with its secret, which is not stored and never
// given again. What is wrong with the name or the right is an *Invalid.
func (a *Account) MakeToken(
	ctx context.Context, name string, may storage.TokenRight,
) (t storage.Token, secret string, err error) {
	secret = tokenMark + rand.Text() + rand.Text()
	t = storage.Token{Name: tidyName(name), May: may, Hash: hash(secret), MadeBy: company.ActorOf(ctx).By,
		MadeAt: time.Now()}
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		if err := checkToken(tx, t); err != nil {
			return err
		}
		if err := tx.AddToken(&t); err != nil {
			return err
		}
		return noteToken(ctx, tx, storage.EntryTokenMade, t)
	})
	if err != nil {
		return storage.Token{}, "", err
	}
	return t, secret, nil
}

// checkToken says what is wrong with a new token.
func checkToken(tx *storage.Tx, t storage.Token) error {
	list, err := tx.Tokens()
	if err != nil {
		return err
	}
	bad := &problem.Invalid{}
	switch {
	case t.Name == "":
		bad.Add("name", problem.FieldRequired)
	case len(t.Name) > maxName:
		bad.Add("name", problem.FieldTooLong, "max", strconv.Itoa(maxName))
	case len(list) >= mostTokens:
		bad.Add("name", problem.FieldTooMany, "max", strconv.Itoa(mostTokens))
	}
	for _, other := range append(list, storage.Token{Name: EnvironmentToken}) {
		if storage.LoginOf(other.Name) == storage.LoginOf(t.Name) {
			bad.Add("name", problem.FieldTokenTaken)
		}
	}
	if t.May != storage.TokenReads && t.May != storage.TokenAll {
		bad.Add("right", problem.FieldOneOf, "values", string(storage.TokenReads+", "+storage.TokenAll))
	}
	return bad.Err()
}

// noteToken adds to the journal what was done to a token.
func noteToken(ctx context.Context, tx *storage.Tx, kind string, t storage.Token) error {
	e := company.Entry(ctx, kind)
	e.Changes = []storage.Change{{Field: "token", New: t.Name}, {Field: "token_right", New: string(t.May)}}
	return tx.AddEntry(e)
}

// RevokeToken voids a token at once. It fails with storage.ErrNotFound if there is none of that
// number.
func (a *Account) RevokeToken(ctx context.Context, id int64) error {
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		list, err := tx.Tokens()
		if err != nil {
			return err
		}
		for _, t := range list {
			if t.ID == id {
				if err := tx.DropToken(id); err != nil {
					return err
				}
				return noteToken(ctx, tx, storage.EntryTokenRevoked, t)
			}
		}
		return storage.ErrNotFound
	})
}

// UseToken gives the token with a secret, and notes that it is used. It fails with
// storage.ErrNotFound if there is none.
func (a *Account) UseToken(ctx context.Context, secret string) (storage.Token, error) {
	if !strings.HasPrefix(secret, tokenMark) { // nothing is asked for what is none
		return storage.Token{}, storage.ErrNotFound
	}
	// How long the index takes tells of a hash, and nobody can choose a secret by that.
	t, err := a.store.Token(ctx, hash(secret))
	now := time.Now()
	if err != nil || now.Sub(t.UsedAt) < usedEvery {
		return t, err
	}
	// That it could not be noted must not keep anybody from working.
	if err := a.store.Update(ctx, func(tx *storage.Tx) error { return tx.UseToken(t.ID, now) }); err != nil {
		a.log.Warn("use of a token not noted", "err", err)
	}
	return t, nil
}
