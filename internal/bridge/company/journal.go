package company

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// An Actor is who does something, for the journal.
type Actor struct {
	By      string // a user, a token, cli or api; see storage.Entry
	Address string // of the client; "" over the socket
	Browser string // its name, if it has signed in before; see KnownBrowser
	Agent   string // what the browser calls itself
}

type actorKey struct{}

// As gives a context in which things are done by an actor.
func As(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorOf gives the actor of a context, the zero Actor if there is none.
func ActorOf(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}

// ByItself gives a context in which the connector does what nobody has asked it for.
func ByItself(ctx context.Context) context.Context { return As(ctx, Actor{By: "connector"}) }

// Entry begins an entry of the journal for the context's actor.
func Entry(ctx context.Context, kind string) storage.Entry {
	a := ActorOf(ctx)
	return storage.Entry{At: time.Now(), Actor: a.By, Address: a.Address, Kind: kind}
}

// OfCompany is an entry about a company.
func OfCompany(ctx context.Context, kind, company string, changes ...storage.Change) storage.Entry {
	e := Entry(ctx, kind)
	e.Company, e.Changes = company, changes
	return e
}

// What stands in the journal for a secret's new value: that it changed, or that there was
// none before.
const (
	SecretChanged = "changed"
	SecretSet     = "set"
)

// ChangesOf tells what differs between two settings of a company, by the JSON
// path of the API. Of secrets it only tells that they changed.
func ChangesOf(old, now storage.Company) []storage.Change {
	before, after := flat(old), flat(now)
	names := slices.Sorted(maps.Keys(before))
	for name := range after {
		if _, ok := before[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var list []storage.Change
	for _, name := range names {
		if before[name] != after[name] {
			list = append(list, storage.Change{Field: name, Old: problem.Clip(before[name], 200),
				New: problem.Clip(after[name], 200)})
		}
	}
	secret := func(field, a, b string) {
		if a != b {
			list = append(list, storage.Change{Field: field, New: SecretChanged})
		}
	}
	secret("shop.password", old.Shop.Password.Reveal(), now.Shop.Password.Reveal())
	secret("chat.token", old.Chat.Token.Reveal(), now.Chat.Token.Reveal())
	secret("chat.secrets", revealed(old.Chat.Secrets), revealed(now.Chat.Secrets))
	return list
}

func revealed(list []storage.Secret) string {
	text := ""
	for _, s := range list {
		text += s.Reveal() + "\n"
	}
	return text
}

// flat gives the settings that are no secrets, by their path.
func flat(c storage.Company) map[string]string {
	m := map[string]string{}
	flatten(m, "", map[string]any{
		"name": c.Name, "shop.url": c.Shop.URL, "shop.key_id": c.Shop.KeyID,
		"chat.url": c.Chat.URL, "chat.auth": c.Chat.Auth,
	})
	if c.Chat.HMAC != (storage.HMAC{}) {
		flatten(m, "chat.hmac.", members(c.Chat.HMAC))
	}
	if c.Chat.Wire != nil {
		flatten(m, "chat.wire.", members(c.Chat.Wire))
	}
	flatten(m, "orders.", members(c.Orders))
	flatten(m, "catalog.", members(c.Catalog))
	// Durations as people write them, not in nanoseconds.
	for name, d := range map[string]time.Duration{"orders.max_age": c.Orders.MaxAge,
		"orders.erase_after": c.Orders.EraseAfter, "catalog.interval": c.Catalog.Interval} {
		if delete(m, name); d != 0 {
			m[name] = d.String()
		}
	}
	return m
}

// members is a struct of settings as its JSON object.
func members(v any) map[string]any {
	var m map[string]any
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		panic(fmt.Errorf("settings: %w", err)) // our own plain types always encode
	}
	return m
}

// flatten puts the leaves of an object into m; what is empty is left out.
func flatten(m map[string]string, at string, object map[string]any) {
	for name, v := range object {
		switch v := v.(type) {
		case map[string]any:
			flatten(m, at+name+".", v)
		case string:
			if v != "" {
				m[at+name] = v
			}
		case bool:
			m[at+name] = strconv.FormatBool(v)
		case float64:
			m[at+name] = strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
}
