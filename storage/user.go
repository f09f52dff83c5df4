package storage

import (
	"context"
	"strings"
	"time"
)

// A Role says what a user may do.
type Role string

// The roles. A manager works on orders; an owner may do everything.
const (
	RoleOwner   Role = "owner"
	RoleManager Role = "manager"
)

// A User is a person who may use the panel.
type User struct {
	ID         int64
	Name       string // signs in with it, and is called by it
	Role       Role
	Password   []byte    // bcrypt; empty = none, a link sets one
	Setup      []byte    // SHA-256 of the link's token; empty = none
	SetupUntil time.Time // when the link ends
	MadeAt     time.Time // zero = before there could be more than one
}

// LoginOf is a name as names are compared: who signs in need not care for capitals
// and spaces.
func LoginOf(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// userColumns is the one list of columns (id, the row, stands before it, and login
// behind it); scanUser and PutUser follow it.
const (
	userColumns = "name, role, password, setup, setup_until, made_at"
	selectUsers = "SELECT id, " + userColumns + " FROM users"
)

func scanUser(r scanner) (User, error) {
	var u User
	var until, made int64
	err := r.Scan(&u.ID, &u.Name, &u.Role, &u.Password, &u.Setup, &until, &made)
	u.SetupUntil, u.MadeAt = fromMS(until), fromMS(made)
	return u, err
}

// Users gives all users, the oldest first. They are few.
func (s *Store) Users(ctx context.Context) ([]User, error) {
	rows, err := s.query(ctx, selectUsers+" ORDER BY id")
	return collect(rows, err, scanUser)
}

// Users gives all users as they are now, the oldest first.
func (tx *Tx) Users() ([]User, error) {
	rows, err := tx.query(selectUsers + " ORDER BY id")
	return collect(rows, err, scanUser)
}

// User gives a user as it is now, or ErrNotFound.
func (tx *Tx) User(id int64) (User, error) {
	return scanUser(tx.queryRow(selectUsers+" WHERE id = ?", id))
}

// AddUser stores a new user and gives it its number. No two have names that are
// compared as the same.
func (tx *Tx) AddUser(u *User) error {
	id, _, err := tx.insert("INSERT INTO users ("+userColumns+", login) VALUES ("+marksOf(userColumns)+", ?)",
		append(u.values(), LoginOf(u.Name))...)
	u.ID = id
	return err
}

// PutUser stores a user that there is.
func (tx *Tx) PutUser(u User) error {
	_, err := tx.exec("UPDATE users SET ("+userColumns+", login) = ("+marksOf(userColumns)+", ?) WHERE id = ?",
		append(u.values(), LoginOf(u.Name), u.ID)...)
	return err
}

// values are what userColumns take.
func (u *User) values() []any {
	return []any{u.Name, u.Role, blob(u.Password), blob(u.Setup), ms(u.SetupUntil), ms(u.MadeAt)}
}

// DropUser forgets a user with all sessions.
func (tx *Tx) DropUser(id int64) error {
	_, err := tx.exec("DELETE FROM users WHERE id = ?", id)
	return err
}
