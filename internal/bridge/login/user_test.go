package login

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
	"ineed-insales/storage/storagetest"
	"ineed-insales/storage/storagetest/inmemory"
)

const (
	ownerPassword   = "correct horse"
	managerPassword = "another good horse"
)

func TestMain(m *testing.M) { os.Exit(inmemory.Main(m)) }

// emptyAccount has nobody.
func emptyAccount(t *testing.T) *Account {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.db")
	if err := storagetest.Write(path); err != nil {
		t.Fatal(err)
	}
	store, err := storage.Open(t.Context(), storage.Config{Path: path, SecretKey: storagetest.Key})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return New(store, slog.New(slog.DiscardHandler))
}

// anAccount has a first owner, and Анна, who is number 2.
func anAccount(t *testing.T, role storage.Role) *Account {
	t.Helper()
	a := emptyAccount(t)
	if _, err := a.SetUp(t.Context(), ownerPassword); err != nil {
		t.Fatal(err)
	}
	link, err := a.Invite(t.Context(), "Анна", role)
	if err == nil {
		_, err = a.UseLink(t.Context(), link, managerPassword)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestGuessAtAnother: whoever may sign in gets no more tries at another's password by that,
// from the same address or by a browser that has signed in, and keeps nobody out.
func TestGuessAtAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := anAccount(t, storage.RoleManager)
		from := func(browser string) context.Context {
			return company.As(t.Context(), company.Actor{Address: "192.0.2.1", Browser: a.KnownBrowser(browser)})
		}
		annas := a.NameBrowser(2)
		judged := 0
		for i := range 3 * clientTries {
			browser := ""
			if i%2 > 0 {
				browser = a.NameBrowser(2)
			}
			if _, err := a.SignIn(from(browser), firstName, "a wrong guess"); errors.Is(err, ErrWrongPassword) {
				judged++
			}
			if _, err := a.SignIn(from(annas), "анна", managerPassword); err != nil {
				t.Fatalf("Анна after %d guesses: %v", i+1, err)
			}
		}
		if judged != clientTries {
			t.Errorf("%d guesses at once, want %d", judged, clientTries)
		}
		if _, err := a.SignIn(from(a.NameBrowser(1)), firstName, ownerPassword); err != nil {
			t.Errorf("the owner: %v", err)
		}
	})
}

// TestOwnersAtEachOther: two owners who do it to each other at once do not both succeed.
func TestOwnersAtEachOther(t *testing.T) {
	for what, do := range map[string]func(*Account, Person, int64) error{
		"link": func(a *Account, by Person, id int64) error {
			_, err := a.NewLink(t.Context(), by, id)
			return err
		},
		"remove": func(a *Account, _ Person, id int64) error { return a.RemoveUser(t.Context(), id) },
		"demote": func(a *Account, _ Person, id int64) error {
			return a.ChangeUser(t.Context(), id, fmt.Sprint("Другой ", id), storage.RoleManager)
		},
	} {
		t.Run(what, func(t *testing.T) {
			a := anAccount(t, storage.RoleOwner)
			if err := do(a, Person{ID: 1}, 2); err != nil {
				t.Fatal(err)
			}
			err := do(a, Person{ID: 2}, 1) // whose session was looked at before
			if no, ok := errors.AsType[*problem.Refused](err); !ok || no.Problem.Code != problem.RefusedLastOwner {
				t.Errorf("nobody can sign in any more: %v", err)
			}
		})
	}
}
