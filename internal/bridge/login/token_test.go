package login

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// TestTokenUse: when a token was used last is known to a minute, and written no more often; what
// a request brings that is no token asks the database nothing.
func TestTokenUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := anAccount(t, storage.RoleManager)
		ctx := company.As(t.Context(), company.Actor{By: "cli"})
		made, secret, err := a.MakeToken(ctx, "  Склад \n 2 ", storage.TokenAll)
		if err != nil || made.Name != "Склад 2" || made.MadeBy != "cli" {
			t.Fatal(made, err)
		}
		used := func() time.Time {
			t.Helper()
			list, err := a.Tokens(ctx)
			if err != nil || len(list) != 1 {
				t.Fatal(list, err)
			}
			return list[0].UsedAt
		}
		time.Sleep(time.Hour)
		first := time.Now()
		for range 100 { // a hundred requests within the minute are one write
			if _, err := a.UseToken(ctx, secret); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second / 2)
		}
		if at := used(); !at.Equal(first) {
			t.Errorf("used at %v, want %v", at, first)
		}
		time.Sleep(10 * time.Second)
		if _, err := a.UseToken(ctx, secret); err != nil || !used().Equal(time.Now()) {
			t.Errorf("a minute later: %v %v", used(), err)
		}
		for _, other := range []string{"", secret + "A", strings.TrimPrefix(secret, tokenMark), tokenMark,
			string(made.Hash)} {
			if _, err := a.UseToken(ctx, other); !errors.Is(err, storage.ErrNotFound) {
				t.Errorf("%q: %v", other, err)
			}
		}
		if err := a.RevokeToken(ctx, made.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := a.UseToken(ctx, secret); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("revoked: %v", err)
		}
	})
}

// TestTokensAreBounded: there are a hundred tokens at most, each with a name of its own.
func TestTokensAreBounded(t *testing.T) {
	a := anAccount(t, storage.RoleManager)
	fails := func(name string, code string) {
		t.Helper()
		_, _, err := a.MakeToken(context.Background(), name, storage.TokenReads)
		bad, ok := errors.AsType[*problem.Invalid](err)
		if !ok || bad.Fields[0].Problem.Code != code {
			t.Errorf("%q: %v, want %s", name, err, code)
		}
	}
	for _, name := range []string{EnvironmentToken, " Connector_API_token "} {
		fails(name, problem.FieldTokenTaken)
	}
	for i := range mostTokens {
		if _, _, err := a.MakeToken(t.Context(), fmt.Sprint("Ключ ", i), storage.TokenReads); err != nil {
			t.Fatal(err)
		}
	}
	fails("ещё один", problem.FieldTooMany)
	list, err := a.Tokens(t.Context())
	if err != nil || a.RevokeToken(t.Context(), list[7].ID) != nil {
		t.Fatal(err)
	}
	fails("КЛЮЧ  8", problem.FieldTokenTaken)
	fails(strings.Repeat("я", maxName), problem.FieldTooLong)
	if _, _, err := a.MakeToken(t.Context(), "ещё один", storage.TokenReads); err != nil {
		t.Error(err)
	}
}
