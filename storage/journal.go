package storage

import (
	"fmt"
	"strings"
	"time"
)

// How much of the journal is kept. What strangers can make entries of, and what is done to
// orders, has a bound of its own, so that neither pushes the rest out.
const (
	maxJournal  = 10_000
	maxOfOrders = 10_000
	maxRefused  = 1_000
)

// An Entry is one line of the journal: who did what to the settings or to orders, or
// signed in. It holds no secrets and no personal data of customers.
type Entry struct {
	At      time.Time
	Actor   string // user:NAME, token:NAME, cli, api, connector; "" = a stranger; older ones say admin for a user
	Address string // the client's; "" = over the socket, or the program itself
	Kind    string
	Company string // "" = none
	Changes []Change
	Order   OrderKey // the one order that it is about; without an id = none, or many
	Number  string   // of that order, as the chat numbers it
	Orders  int      // how many orders it is about
	seq     int64
}

// What stands before the name of an actor: who is a user of the panel, and what has a token of
// the API.
const (
	ActorUser  = "user:"
	ActorToken = "token:"
)

// ActorKind is an actor without its name, for the log.
func ActorKind(actor string) string {
	kind, _, _ := strings.Cut(actor, ":")
	return kind
}

// The kinds of journal entries.
const (
	EntrySetup    = "setup"    // the password was set by a set-up link
	EntrySignIn   = "signin"   // somebody signed in
	EntryRefused  = "refused"  // a sign-in was refused
	EntrySignOut  = "signout"  // of one session
	EntrySignOuts = "signouts" // of all sessions
	EntryReset    = "reset"    // a password was voided by command, a new link made
	EntryPassword = "password" // the password was changed
	EntryInvited  = "invited"  // a user was added, with a link; Changes say who
	EntryLinked   = "linked"   // a user's password was voided, a new link made
	EntryRevoked  = "revoked"  // a user's link was voided
	EntryUser     = "user"     // a user's name or role
	EntryRemoved  = "user_removed"
	EntryCreated  = "created"  // a company
	EntryChanged  = "changed"  // a company's settings
	EntryDeleted  = "deleted"  // a company
	EntryRotated  = "rotated"  // a secret of a company; Changes say which
	EntryAccount  = "account"  // another InSales account was confirmed
	EntryGone     = "gone"     // orders that disappeared from the shop were confirmed to be cancelled
	EntryNotify   = "notify"   // settings of how people are told that something is wrong
	EntrySynced   = "synced"   // a run of the catalog was begun; Changes say whether a full one
	EntryUnkept   = "unkept"   // a company's refused webhooks were erased
	EntryUnread   = "unread"   // what the chat posted and no program could read was set aside
	EntryProbed   = "probed"   // a probe of the shop has begun; Changes say whether one that writes
	EntryCleaned  = "cleaned"  // what probes have left in the shop was to be removed
	EntryBackup   = "backup"   // a copy of the database was fetched
	EntryAllowed  = "allowed"  // what the catalog's guard withheld; Changes say how much
	EntryRetried  = "retried"  // orders of one cause were sent again
	EntryReplayed = "replayed" // what was unread was read again and became orders
	EntryReread   = "reread"   // the shop's changes are read again; Changes say since when

	// A token of the API; Changes say which.
	EntryTokenMade    = "token_made"
	EntryTokenRevoked = "token_revoked"

	// What a person did to one order: this with the action behind it, as in its history.
	entryOfOrder = "order_"

	EntryFactorOn     = "factor_on"     // a user's sign-in asks for a code from now on
	EntryFactorOff    = "factor_off"    // it does no more; Changes say whose if another did it
	EntryWrongCode    = "wrong_code"    // a sign-in with the right password was refused; Changes say whose
	EntryRecoveryUsed = "recovery_used" // a sign-in with a recovery code; Changes say how many are left
	EntryRecoveryNew  = "recovery_new"  // new recovery codes were made, those before are void
)

// EntryOfOrder is the kind of an entry about an action of a person on one order.
func EntryOfOrder(action string) string { return entryOfOrder + action }

// A Change is one setting that changed. Of a secret it only says that it did.
type Change struct {
	Field string `json:"field"`
	Old   string `json:"old,omitempty"`
	New   string `json:"new,omitempty"`
}

// journalColumns is the one list of columns (seq, the row, stands before it);
// scanEntry and AddEntry follow it.
const journalColumns = "at, actor, address, kind, company, changes, order_id, test, number, orders"

// AddEntry adds to the journal and forgets its oldest entries beyond the bound.
func (tx *Tx) AddEntry(e Entry) error {
	_, err := tx.exec("INSERT INTO journal ("+journalColumns+") VALUES ("+marksOf(journalColumns)+")",
		ms(e.At), e.Actor, e.Address, e.Kind, e.Company, listToJSON(e.Changes), e.Order.ID, e.Order.Test, e.Number,
		e.Orders)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	tx.noted(e)
	switch {
	case e.Kind == EntryRefused:
		_, err = tx.exec(`DELETE FROM journal WHERE kind = 'refused' AND seq <=
			(SELECT seq FROM journal WHERE kind = 'refused' ORDER BY seq DESC LIMIT 1 OFFSET ?)`, maxRefused)
	case e.Orders > 0:
		_, err = tx.exec(`DELETE FROM journal WHERE orders > 0 AND seq <= (SELECT seq FROM journal
			INDEXED BY journal_orders WHERE orders > 0 ORDER BY seq DESC LIMIT 1 OFFSET ?)`, maxOfOrders)
	default:
		_, err = tx.exec(`DELETE FROM journal WHERE orders = 0 AND seq <= (SELECT seq FROM journal
			INDEXED BY journal_others WHERE orders = 0 ORDER BY seq DESC LIMIT 1 OFFSET ?)`, maxJournal)
	}
	return err
}

// PruneJournal forgets entries of before a time and tells how many these were: at most limit.
func (tx *Tx) PruneJournal(before time.Time, limit int) (int64, error) {
	n, err := tx.exec("DELETE FROM journal WHERE seq IN (SELECT seq FROM journal WHERE at < ? ORDER BY seq LIMIT ?)",
		ms(before), limit)
	tx.erased = tx.erased || n > 0 // it names people's addresses
	return n, err
}

func scanEntry(r scanner) (Entry, error) {
	var e Entry
	var at int64
	var changes string
	if err := r.Scan(&e.seq, &at, &e.Actor, &e.Address, &e.Kind, &e.Company, &changes, &e.Order.ID, &e.Order.Test,
		&e.Number, &e.Orders); err != nil {
		return e, err
	}
	e.At = fromMS(at)
	if e.Order.ID != "" {
		e.Order.Company = e.Company
	}
	err := fromJSON(column{changes, &e.Changes})
	return e, err
}
