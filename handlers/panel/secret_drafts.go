package panel

import (
	"crypto/rand"
	"sync"
	"time"
)

// How long a typed secret is kept while a person mends the other fields, and how
// many are.
const (
	draftLife  = 30 * time.Minute
	mostDrafts = 100
)

// secretDrafts keep secrets that were typed into a form which could not be
// saved. They must neither be lost nor stand in the page that comes back, so the
// page has a random name for each instead.
type secretDrafts struct {
	mu sync.Mutex
	of map[string]secretDraft // by name; at most mostDrafts, so nobody can fill the memory
}

type secretDraft struct {
	secret string
	until  time.Time
}

// keep keeps a secret and gives its name; "" for no secret.
func (d *secretDrafts) keep(secret string, now time.Time) string {
	if secret == "" {
		return ""
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	oldest := ""
	for name, v := range d.of {
		if now.After(v.until) {
			delete(d.of, name)
		} else if oldest == "" || v.until.Before(d.of[oldest].until) {
			oldest = name
		}
	}
	if len(d.of) >= mostDrafts {
		delete(d.of, oldest)
	}
	if d.of == nil {
		d.of = map[string]secretDraft{}
	}
	name := rand.Text()
	d.of[name] = secretDraft{secret, now.Add(draftLife)}
	return name
}

// secret is what was typed now, or else what is kept under a name.
func (d *secretDrafts) secret(typed, name string, now time.Time) string {
	if typed != "" {
		return typed
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if v, ok := d.of[name]; ok && now.Before(v.until) {
		return v.secret
	}
	return ""
}
