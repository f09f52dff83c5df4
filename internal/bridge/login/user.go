package login

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// How long links last. The first waits in a log or a terminal, the second in
// somebody's mail.
const (
	setupLife  = time.Hour
	inviteLife = 7 * 24 * time.Hour
)

// firstName is what the first owner is called before somebody says otherwise.
const firstName = "Администратор"

// mostUsers bounds the users, because all of them are looked at to find one; maxName is
// how long a name may be, in bytes.
const (
	mostUsers = 200
	maxName   = 100
)

// ErrSetupLink says that a link which sets a password is used, expired or wrong.
var ErrSetupLink = errors.New("the set-up link is used, expired or wrong")

// SetUp prepares the first owner at start. The first password is taken if there was
// nobody yet; later ones are not, since a person may have changed it. While no owner
// has a password the token of a fresh link is given, and the one before is void.
func (a *Account) SetUp(ctx context.Context, first string) (token string, err error) {
	users, err := a.store.Users(ctx)
	if err != nil {
		return "", fmt.Errorf("users: %w", err)
	}
	if owns(withPassword(users)) {
		return "", nil
	}
	if len(users) > 0 || first == "" {
		return a.linkFor(ctx, setupLife, firstOwner)
	}
	made, err := bcrypt.GenerateFromPassword([]byte(first), passwordCost)
	if err != nil {
		return "", fmt.Errorf("first password: %w", err)
	}
	owner := storage.User{Name: firstName, Role: storage.RoleOwner, Password: made, MadeAt: time.Now()}
	return "", a.store.Update(ctx, func(tx *storage.Tx) error { return tx.AddUser(&owner) })
}

// owns reports whether one of the users is an owner.
func owns(users []storage.User) bool {
	for _, u := range users {
		if u.Role == storage.RoleOwner {
			return true
		}
	}
	return false
}

// firstOwner gives the oldest owner, who is made if there is none.
func firstOwner(tx *storage.Tx) (storage.User, error) {
	users, err := tx.Users()
	if err != nil {
		return storage.User{}, err
	}
	for _, u := range users {
		if u.Role == storage.RoleOwner {
			return u, nil
		}
	}
	u := storage.User{Name: firstName, Role: storage.RoleOwner, MadeAt: time.Now()}
	err = tx.AddUser(&u)
	return u, err
}

// linkFor makes a link for a user, voids the password and ends the sessions of that
// user, in one transaction.
func (a *Account) linkFor(
	ctx context.Context, life time.Duration, of func(*storage.Tx) (storage.User, error),
) (string, error) {
	token := rand.Text()
	err := a.store.Update(ctx, func(tx *storage.Tx) error {
		user, err := of(tx)
		if err != nil {
			return err
		}
		if err := tx.EndSessions(user.ID, 0); err != nil {
			return err
		}
		user.Password, user.Setup, user.SetupUntil = nil, hash(token), time.Now().Add(life)
		return tx.PutUser(user)
	})
	return token, err
}

// ResetPassword voids the password of a user, ends that user's sessions and gives the
// token of a link that sets another. Without a name the first owner is meant. It fails
// with ErrNotFound if nobody is called so.
func (a *Account) ResetPassword(ctx context.Context, name string) (string, error) {
	return a.linkFor(ctx, setupLife, func(tx *storage.Tx) (storage.User, error) {
		user, err := named(tx, name)
		if err != nil {
			return user, err
		}
		return user, a.noteOf(ctx, tx, storage.EntryReset, user.ID)
	})
}

// named gives the user of a name, the first owner for none.
func named(tx *storage.Tx, name string) (storage.User, error) {
	if storage.LoginOf(name) == "" {
		return firstOwner(tx)
	}
	users, err := tx.Users()
	if err != nil {
		return storage.User{}, err
	}
	user, ok := byName(name)(users)
	if !ok {
		return user, storage.ErrNotFound
	}
	return user, nil
}

// CanSignIn gives how many users have a password. If nobody has, a link is needed
// first; if one has, it need not be said who signs in.
func (a *Account) CanSignIn(ctx context.Context) (int, error) {
	users, err := a.store.Users(ctx)
	return len(withPassword(users)), err
}

// UserOfLink gives whose password a link sets. It fails with ErrSetupLink unless the
// token is that of a valid link.
func (a *Account) UserOfLink(ctx context.Context, token string) (storage.User, error) {
	users, err := a.store.Users(ctx)
	if err != nil {
		return storage.User{}, err
	}
	return ofLink(users, token)
}

// ofLink finds the user of a link.
func ofLink(users []storage.User, token string) (storage.User, error) {
	for _, u := range users {
		if len(u.Setup) > 0 && subtle.ConstantTimeCompare(u.Setup, hash(token)) == 1 &&
			time.Now().Before(u.SetupUntil) {
			return u, nil
		}
	}
	return storage.User{}, ErrSetupLink
}

// UseLink sets the password with a link, which is used up by that, and signs in: half, where a
// code is asked for. A bad password is an *Invalid.
func (a *Account) UseLink(ctx context.Context, token, password string) (Pass, error) {
	user, err := a.UserOfLink(ctx, token)
	if err != nil {
		return Pass{}, err
	}
	set, err := setting(password, func(tx *storage.Tx) (storage.User, error) {
		users, err := tx.Users() // again: only one of two at once may use it
		if err != nil {
			return storage.User{}, err
		}
		return ofLink(users, token)
	})
	if err != nil {
		return Pass{}, err
	}
	pass, err := a.enter(ctx, storage.EntrySetup, set)
	if err == nil {
		a.throttle.codesForgiven(user.ID)
	}
	return pass, err
}

// Users gives all users, the oldest first.
func (a *Account) Users(ctx context.Context) ([]storage.User, error) { return a.store.Users(ctx) }

// Invite adds a user and gives the token of the link with which that person sets a
// password. What is wrong with the name or the role is an *Invalid.
func (a *Account) Invite(ctx context.Context, name string, role storage.Role) (string, error) {
	u := storage.User{Name: tidyName(name), Role: role, MadeAt: time.Now()}
	return a.linkFor(ctx, inviteLife, func(tx *storage.Tx) (storage.User, error) {
		if err := checkUser(tx, u); err != nil {
			return u, err
		}
		if err := tx.AddUser(&u); err != nil {
			return u, err
		}
		return u, a.noteOf(ctx, tx, storage.EntryInvited, u.ID, storage.Change{Field: "role", New: string(u.Role)})
	})
}

// NewLink voids the password of a user, ends that user's sessions and gives the token
// of a link that sets another. Nobody does that to himself: the password is changed.
func (a *Account) NewLink(ctx context.Context, by Person, id int64) (string, error) {
	return a.linkFor(ctx, inviteLife, func(tx *storage.Tx) (storage.User, error) {
		user, err := tx.User(id)
		switch {
		case err != nil:
			return user, err
		case id == by.ID:
			return user, problem.Refuse(problem.RefusedSelf)
		}
		if err := ownerStays(tx, id); err != nil { // two may do it to each other at once
			return user, err
		}
		return user, a.noteOf(ctx, tx, storage.EntryLinked, id)
	})
}

// RevokeLink voids the link of a user.
func (a *Account) RevokeLink(ctx context.Context, id int64) error {
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		user, err := tx.User(id)
		if err != nil || len(user.Setup) == 0 {
			return err
		}
		user.Setup, user.SetupUntil = nil, time.Time{}
		if err := tx.PutUser(user); err != nil {
			return err
		}
		return a.noteOf(ctx, tx, storage.EntryRevoked, id)
	})
}

// ChangeUser gives a user another name or role. What is wrong with them is an *Invalid;
// the last owner stays one.
func (a *Account) ChangeUser(ctx context.Context, id int64, name string, role storage.Role) error {
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		old, err := tx.User(id)
		if err != nil {
			return err
		}
		now := old
		now.Name, now.Role = tidyName(name), role
		if err := checkUser(tx, now); err != nil {
			return err
		}
		var changes []storage.Change
		if old.Name != now.Name {
			changes = append(changes, storage.Change{Field: "user_name", Old: old.Name, New: now.Name})
		}
		if old.Role != now.Role {
			changes = append(changes, storage.Change{Field: "role", Old: string(old.Role), New: string(now.Role)})
		}
		if len(changes) == 0 {
			return nil
		}
		if err := a.noteOf(ctx, tx, storage.EntryUser, id, changes...); err != nil {
			return err
		}
		if err := tx.PutUser(now); err != nil {
			return err
		}
		return ownerStays(tx)
	})
}

// RemoveUser forgets a user and ends that user's sessions. The last owner stays.
func (a *Account) RemoveUser(ctx context.Context, id int64) error {
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		if err := a.noteOf(ctx, tx, storage.EntryRemoved, id); err != nil {
			return err
		}
		if err := tx.DropUser(id); err != nil {
			return err
		}
		return ownerStays(tx)
	})
}

// ownerStays fails unless an owner is left who can sign in, beside some users.
func ownerStays(tx *storage.Tx, beside ...int64) error {
	users, err := tx.Users()
	users = slices.DeleteFunc(users, func(u storage.User) bool { return slices.Contains(beside, u.ID) })
	if err == nil && !owns(withPassword(users)) {
		err = problem.Refuse(problem.RefusedLastOwner)
	}
	return err
}

// tidyName is a name as it is kept: on one line, without signs that nobody sees.
func tidyName(name string) string {
	return strings.Join(strings.Fields(problem.Clip(name, maxName)), " ")
}

// checkUser says what is wrong with the name and the role of a user.
func checkUser(tx *storage.Tx, u storage.User) error {
	users, err := tx.Users()
	if err != nil {
		return err
	}
	bad := &problem.Invalid{}
	switch {
	case u.Name == "":
		bad.Add("name", problem.FieldRequired)
	case len(u.Name) > maxName:
		bad.Add("name", problem.FieldTooLong, "max", strconv.Itoa(maxName))
	case u.ID == 0 && len(users) >= mostUsers:
		bad.Add("name", problem.FieldTooMany, "max", strconv.Itoa(mostUsers))
	}
	for _, other := range users {
		if other.ID != u.ID && storage.LoginOf(other.Name) == storage.LoginOf(u.Name) {
			bad.Add("name", problem.FieldNameTaken)
		}
	}
	if u.Role != storage.RoleOwner && u.Role != storage.RoleManager {
		bad.Add("role", problem.FieldOneOf, "values", string(storage.RoleOwner+", "+storage.RoleManager))
	}
	return bad.Err()
}
