package login

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// A phone has the secret of Анна, who is number 2 of anAccount.
type phone struct {
	*Account
	t        *testing.T
	secret   []byte
	recovery []string
	her      Person
}

// quickAccount has the users of anAccount, whose passwords are cheap to judge.
func quickAccount(t *testing.T) *Account {
	t.Helper()
	a := emptyAccount(t)
	for _, u := range []struct {
		storage.User
		password string
	}{{storage.User{Name: firstName, Role: storage.RoleOwner}, ownerPassword},
		{storage.User{Name: "Анна", Role: storage.RoleManager}, managerPassword}} {
		made, err := bcrypt.GenerateFromPassword([]byte(u.password), bcrypt.MinCost)
		if err == nil {
			u.Password = made
			err = a.store.Update(t.Context(), func(tx *storage.Tx) error { return tx.AddUser(&u.User) })
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// aPhone has Анна set up her second factor. The code that she needed for it is used up.
func aPhone(t *testing.T) *phone {
	t.Helper()
	p := &phone{Account: quickAccount(t), t: t}
	pass, err := p.SignIn(t.Context(), "анна", managerPassword)
	if err == nil {
		p.her, err = p.SignedIn(t.Context(), pass.Session)
	}
	if err == nil {
		err = p.BeginFactor(t.Context(), p.her, managerPassword)
	}
	if err != nil {
		t.Fatal(err)
	}
	f, err := p.Factor(t.Context(), p.her)
	if err != nil {
		t.Fatal(err)
	}
	if p.secret, err = base32.StdEncoding.DecodeString(f.Secret.Reveal()); err != nil {
		t.Fatal(err)
	}
	p.recovery, err = p.ConfirmFactor(t.Context(), p.her, p.code(0))
	if err != nil || len(p.recovery) != recoveryCodes {
		t.Fatal(p.recovery, err)
	}
	return p
}

// code is what the phone shows so many steps from now.
func (p *phone) code(steps int64) string { return codeOf(p.secret, stepAt(time.Now())+steps) }

// half gives Анна's password.
func (p *phone) half(ctx context.Context) string {
	p.t.Helper()
	pass, err := p.SignIn(ctx, "анна", managerPassword)
	if err != nil || pass.Session != "" || pass.Half == "" {
		p.t.Fatalf("%+v %v", pass, err)
	}
	return pass.Half
}

// try sends a code after the password.
func (p *phone) try(code string) error {
	p.t.Helper()
	_, err := p.SendCode(p.t.Context(), p.half(p.t.Context()), code)
	return err
}

// kinds are the newest entries of the journal.
func (p *phone) kinds(n int) (list []string) {
	p.t.Helper()
	page, err := p.store.Journal(p.t.Context(), storage.JournalFilter{Limit: n})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, e := range page.Entries {
		list = append(list, e.Kind)
	}
	return list
}

// TestCodeOfSignIn: a password is half of a sign-in, and a code the other half, once.
func TestCodeOfSignIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := aPhone(t)
		if err := p.try(p.code(0)); !errors.Is(err, ErrWrongCode) {
			t.Errorf("the code that has set it up: %v", err)
		}
		if got := p.kinds(1); got[0] != storage.EntryWrongCode {
			t.Errorf("the journal has %q", got)
		}
		time.Sleep(stepLength)
		if err := p.try(p.code(2)); !errors.Is(err, ErrWrongCode) {
			t.Errorf("of a minute ahead: %v", err)
		}
		session, err := p.SendCode(t.Context(), p.half(t.Context()), " "+p.code(1)[:3]+" "+p.code(1)[3:])
		if err != nil {
			t.Fatalf("of a phone that is 30 seconds fast: %v", err)
		}
		if who, err := p.SignedIn(t.Context(), session); err != nil || who.ID != 2 {
			t.Errorf("%+v %v", who, err)
		}
		for steps := int64(-1); steps <= 1; steps++ {
			if err := p.try(p.code(steps)); !errors.Is(err, ErrWrongCode) {
				t.Errorf("%+d, not later than the last: %v", steps, err)
			}
		}
		time.Sleep(3 * stepLength)
		if err := p.try(p.code(-1)); err != nil {
			t.Errorf("of a phone that is 30 seconds slow: %v", err)
		}
		if pass, err := p.SignIn(t.Context(), firstName, ownerPassword); err != nil || pass.Session == "" {
			t.Errorf("who has none is asked for a code: %+v %v", pass, err)
		}
	})
}

// TestReplayAfterRestart: which code was taken is not forgotten.
func TestReplayAfterRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := aPhone(t)
		time.Sleep(stepLength)
		if err := p.try(p.code(0)); err != nil {
			t.Fatal(err)
		}
		p.Account = New(p.store, p.log)
		if err := p.try(p.code(0)); !errors.Is(err, ErrWrongCode) {
			t.Errorf("taken twice: %v", err)
		}
	})
}

// TestHalfEnds: half a sign-in opens nothing, and ends.
func TestHalfEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := aPhone(t)
		half := p.half(t.Context())
		if _, err := p.SignedIn(t.Context(), half); !errors.Is(err, ErrSignedOut) {
			t.Errorf("a half as a session: %v", err)
		}
		for _, forged := range []string{"", ".", "..", half + "x", "1" + half[1:], "x" + half[1:], half[:len(half)-1]} {
			if _, err := p.SendCode(t.Context(), forged, p.code(1)); !errors.Is(err, ErrHalfOver) {
				t.Errorf("%q: %v", forged, err)
			}
		}
		time.Sleep(HalfLife - time.Second)
		if _, err := p.SendCode(t.Context(), half, p.code(0)); err != nil {
			t.Errorf("just in time: %v", err)
		}
		half = p.half(t.Context())
		time.Sleep(HalfLife)
		if _, err := p.SendCode(t.Context(), half, p.code(0)); !errors.Is(err, ErrHalfOver) {
			t.Errorf("too late: %v", err)
		}
		half = p.half(t.Context())
		if _, err := p.ChangePassword(t.Context(), p.her, managerPassword, "yet another horse"); err != nil {
			t.Fatal(err)
		}
		if _, err := p.SendCode(t.Context(), half, p.code(0)); !errors.Is(err, ErrHalfOver) {
			t.Errorf("of the password before: %v", err)
		}
	})
}

// TestCodesAtOnce: of two tabs that send the same code one gets in.
func TestCodesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := aPhone(t)
		time.Sleep(stepLength)
		for what, code := range map[string]string{"code": p.code(0), "recovery code": p.recovery[0]} {
			half := p.half(t.Context())
			var errs [2]error
			var all sync.WaitGroup
			for i := range errs {
				all.Go(func() { _, errs[i] = p.SendCode(t.Context(), half, code) })
			}
			all.Wait()
			if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs[:]...), ErrWrongCode) {
				t.Errorf("%s: %v", what, errs)
			}
		}
	})
}

// TestRecoveryCodes: each lets in once; new ones void those before.
func TestRecoveryCodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := aPhone(t)
		code := p.recovery[3]
		if err := p.try(code[:4] + " " + code[4:8] + "-" + code[8:]); err != nil {
			t.Fatal(err)
		}
		if got := p.kinds(2); got[0] != storage.EntrySignIn || got[1] != storage.EntryRecoveryUsed {
			t.Errorf("the journal has %q", got)
		}
		if err := p.try(code); !errors.Is(err, ErrWrongCode) {
			t.Errorf("used twice: %v", err)
		}
		if f, err := p.Factor(t.Context(), p.her); err != nil || f.Left != recoveryCodes-1 || f.Secret != "" {
			t.Errorf("%d left, %v, the secret is shown: %t", f.Left, err, f.Secret != "")
		}
		if _, err := p.NewRecoveryCodes(t.Context(), p.her, "wrong password"); !errors.Is(err, ErrWrongPassword) {
			t.Errorf("new ones without the password: %v", err)
		}
		made, err := p.NewRecoveryCodes(t.Context(), p.her, managerPassword)
		if err != nil || len(made) != recoveryCodes {
			t.Fatal(made, err)
		}
		if err := p.try(p.recovery[4]); !errors.Is(err, ErrWrongCode) {
			t.Errorf("one of before: %v", err)
		}
		if err := p.try(made[0]); err != nil {
			t.Errorf("a new one: %v", err)
		}
	})
}

// TestCodeBudget: who knows the password guesses a few codes an hour, from however many
// addresses, and keeps Анна out of no browser in which she has signed in; who does not know
// it changes nothing.
func TestCodeBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := aPhone(t)
		hers := company.As(t.Context(), company.Actor{Address: "192.0.2.7", Browser: p.KnownBrowser(p.NameBrowser(2))})
		users, err := p.Users(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		judged := 0
		for i := range 24 * 60 {
			ctx := company.As(t.Context(), company.Actor{Address: fmt.Sprint("198.51.100.", i%200)})
			_, err := p.SendCode(ctx, p.halfOf(users[1]), "wrong") // the password needs no judging each time
			if errors.Is(err, ErrWrongCode) {
				judged++
			} else if _, soon := errors.AsType[*TooSoon](err); !soon {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		if judged < codeTries || judged > 40 {
			t.Errorf("%d guesses a day", judged)
		}
		if _, err := p.SendCode(t.Context(), p.half(t.Context()), p.code(0)); err == nil {
			t.Error("the right code too soon is taken")
		}
		if _, err := p.SendCode(hers, p.half(hers), p.code(0)); err != nil {
			t.Errorf("Анна in her browser: %v", err)
		}
		time.Sleep(codeLongest)
		if err := p.try(p.code(0)); err != nil {
			t.Errorf("an hour later: %v", err)
		}
		for range codeTries {
			if err := p.try("wrong"); !errors.Is(err, ErrWrongCode) {
				t.Errorf("a success forgives: %v", err)
			}
		}
		far := company.As(t.Context(), company.Actor{Address: "203.0.113.1"})
		for range 100 {
			_, _ = p.SignIn(far, "анна", "a stranger's guess")
			_, _ = p.SendCode(far, "2.9999999999.x", "000000")
		}
		if _, err := p.SendCode(hers, p.half(hers), p.code(1)); err != nil {
			t.Errorf("after a stranger: %v", err)
		}
	})
}

// TestCodeBudgetOfNewPassword: once the password that somebody has learnt is changed, Анна need
// not wait for the guesses that were made with it.
func TestCodeBudgetOfNewPassword(t *testing.T) {
	const another = "yet another horse"
	for what, change := range map[string]func(*phone) error{
		"link": func(p *phone) error {
			token, err := p.ResetPassword(p.t.Context(), "анна")
			if err == nil {
				_, err = p.UseLink(p.t.Context(), token, another)
			}
			return err
		},
		"form": func(p *phone) error {
			_, err := p.ChangePassword(p.t.Context(), p.her, managerPassword, another)
			return err
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := aPhone(t)
			known := company.As(t.Context(), company.Actor{Browser: p.KnownBrowser(p.NameBrowser(2))})
			all := []context.Context{t.Context(), known}
			for range codeTries + 1 {
				for _, ctx := range all {
					_, _ = p.SendCode(ctx, p.half(ctx), "wrong")
				}
			}
			time.Sleep(time.Millisecond)
			for _, ctx := range all {
				_, err := p.SendCode(ctx, p.half(ctx), "wrong")
				if _, soon := errors.AsType[*TooSoon](err); !soon {
					t.Fatalf("%s: the guesses are free: %v", what, err)
				}
			}
			if err := change(p); err != nil {
				t.Fatal(err)
			}
			for i, ctx := range all {
				pass, err := p.SignIn(ctx, "анна", another)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := p.SendCode(ctx, pass.Half, p.recovery[i]); err != nil {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}

// TestSetUpFactor: it counts after the first right code, in the session that began it.
func TestSetUpFactor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := quickAccount(t)
		person := func() Person {
			pass, err := a.SignIn(t.Context(), "анна", managerPassword)
			if err != nil {
				t.Fatal(err)
			}
			p, err := a.SignedIn(t.Context(), pass.Session)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		secret := func(p Person) string {
			f, err := a.Factor(t.Context(), p)
			if err != nil || !f.Since.IsZero() {
				t.Fatal(f.Since, err)
			}
			return f.Secret.Reveal()
		}
		begin := func(p Person) {
			if err := a.BeginFactor(t.Context(), p, managerPassword); err != nil {
				t.Fatal(err)
			}
		}
		one, two := person(), person()
		err := a.BeginFactor(t.Context(), one, "wrong password")
		if !errors.Is(err, ErrWrongPassword) || secret(one) != "" {
			t.Errorf("without the password: %v", err)
		}
		begin(one)
		first := secret(one)
		begin(one)
		if secret(one) != first || first == "" || secret(two) != "" {
			t.Error("another tab gets another secret, or another session sees it")
		}
		if _, err := a.ConfirmFactor(t.Context(), two, "000000"); !errors.Is(err, ErrHalfOver) {
			t.Errorf("in another session: %v", err)
		}
		if _, err := a.ConfirmFactor(t.Context(), one, "wrong"); !errors.Is(err, ErrWrongCode) {
			t.Errorf("a wrong code: %v", err)
		}
		person() // is still let in by the password alone
		time.Sleep(factorLife)
		if _, err := a.ConfirmFactor(t.Context(), one, "000000"); !errors.Is(err, ErrHalfOver) || secret(one) != "" {
			t.Errorf("too late: %v", err)
		}
		begin(one)
		raw, err := base32.StdEncoding.DecodeString(secret(one))
		if err != nil || secret(one) == first {
			t.Fatal("the late secret is given again", err)
		}
		code := codeOf(raw, stepAt(time.Now()))
		if list, err := a.ConfirmFactor(t.Context(), one, code); err != nil || len(list) != recoveryCodes {
			t.Fatal(list, err)
		}
		if list, err := a.ConfirmFactor(t.Context(), one, code); err != nil || list != nil {
			t.Errorf("the second tab: %q %v", list, err)
		}
		if list, err := a.Sessions(t.Context(), 2); err != nil || len(list) != 1 || list[0].ID != one.Session {
			t.Errorf("%d sessions, %v", len(list), err)
		}
	})
}

// TestDropFactor: the person, an owner and the operator can switch it off; a link of a password
// does not.
func TestDropFactor(t *testing.T) {
	link := func(p *phone) (string, error) { return p.ResetPassword(p.t.Context(), "анна") }
	other := func(p *phone) (string, error) { return p.NewLink(p.t.Context(), Person{ID: 1}, 2) }
	for what, make := range map[string]func(*phone) (string, error){"operator": link, "owner": other} {
		t.Run(what+"'s link", func(t *testing.T) {
			p := aPhone(t)
			token, err := make(p)
			if err != nil {
				t.Fatal(err)
			}
			pass, err := p.UseLink(t.Context(), token, managerPassword)
			if err != nil || pass.Session != "" {
				t.Fatalf("it lets in without a code: %+v %v", pass, err)
			}
			if _, err := p.SendCode(t.Context(), pass.Half, p.recovery[0]); err != nil {
				t.Error(err)
			}
		})
	}
	for what, drop := range map[string]func(*phone) error{
		"herself":  func(p *phone) error { return p.DropFactor(p.t.Context(), p.her, managerPassword) },
		"owner":    func(p *phone) error { return p.DropFactorOf(p.t.Context(), Person{ID: 1}, 2) },
		"operator": func(p *phone) error { return p.ResetFactor(p.t.Context(), "анна") },
	} {
		t.Run(what, func(t *testing.T) {
			p := aPhone(t)
			half := p.half(t.Context())
			for range 2 { // the second time there is nothing left
				if err := drop(p); err != nil {
					t.Fatal(err)
				}
			}
			if got := p.kinds(2); got[0] != storage.EntryFactorOff || got[1] == storage.EntryFactorOff {
				t.Errorf("the journal has %q", got)
			}
			if _, err := p.SendCode(t.Context(), half, ""); err != nil {
				t.Errorf("who was half in: %v", err)
			}
			if pass, err := p.SignIn(t.Context(), "анна", managerPassword); err != nil || pass.Session == "" {
				t.Errorf("%+v %v", pass, err)
			}
			if n, err := p.store.RecoveryCodes(t.Context(), 2); err != nil || n != 0 {
				t.Errorf("%d recovery codes are left, %v", n, err)
			}
		})
	}
	p := aPhone(t)
	if err := p.DropFactor(t.Context(), p.her, "wrong password"); !errors.Is(err, ErrWrongPassword) {
		t.Errorf("without the password: %v", err)
	}
	if no, ok := errors.AsType[*problem.Refused](p.DropFactorOf(t.Context(), p.her, 2)); !ok ||
		no.Problem.Code != problem.RefusedSelf {
		t.Error("somebody goes round the own password")
	}
	if err := p.ResetFactor(t.Context(), "nobody"); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	if err := p.RemoveUser(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if n, err := p.store.RecoveryCodes(t.Context(), 2); err != nil || n != 0 {
		t.Errorf("the codes outlive their user: %d %v", n, err)
	}
}
