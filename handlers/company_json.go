package handlers

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/visit"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// companySettings gives what in wants of the company called id. Only what
// cannot be expressed is refused here; what makes sense is the bridge's to say.
func companySettings(in *api.Company, id string) (storage.Company, error) {
	if in.ID != "" && in.ID != id {
		return storage.Company{}, failure.Wrong("id", ruleMismatch, nil)
	}
	age, err := readDuration("orders.max_age", in.Orders.MaxAge)
	if err != nil {
		return storage.Company{}, err
	}
	stay, err := readDuration("orders.erase_after", in.Orders.EraseAfter)
	if err != nil {
		return storage.Company{}, err
	}
	interval, err := readDuration("catalog.interval", in.Catalog.Interval)
	if err != nil {
		return storage.Company{}, err
	}
	out := storage.Company{
		ID:      id,
		Version: in.Version,
		Name:    in.Name,
		Shop:    storage.Shop{URL: in.Shop.URL, KeyID: in.Shop.KeyID, Password: storage.Secret(in.Shop.Password)},
		Chat:    storage.Chat{URL: in.Chat.URL, Auth: in.Chat.Auth, Token: storage.Secret(in.Chat.Token)},
		Catalog: storage.CatalogSync{Enabled: in.Catalog.Enabled, Interval: interval, Price: in.Catalog.Price},
		Orders: storage.OrderSync{
			Enabled: in.Orders.Enabled, Paused: in.Orders.Paused, MaxAge: age, EraseAfter: stay,
			Payments: in.Orders.Payments, Deliveries: in.Orders.Deliveries, Statuses: in.Orders.Statuses,
			Fields: in.Orders.Fields, OwnSyncOff: in.Orders.OwnSyncOff,
		},
	}
	if in.Chat.HMAC != nil {
		out.Chat.HMAC = storage.HMAC(*in.Chat.HMAC)
	}
	if w := in.Chat.Wire; w != nil {
		out.Chat.Wire = &storage.Wire{Preset: w.Preset, Fields: w.Fields, Receive: w.Receive, Report: w.Report,
			Answer: (*storage.WireAnswer)(w.Answer), Catalog: w.Catalog}
	}
	for _, secret := range in.Chat.Secrets {
		out.Chat.Secrets = append(out.Chat.Secrets, storage.Secret(secret))
	}
	return out, nil
}

// readDuration reads a duration of the settings. None means the default, which
// is the bridge's.
func readDuration(field, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, failure.Wrong(field, ruleDuration, nil)
	}
	return d, nil
}

// showCompany is c for the API: every secret masked but those of made.
func showCompany(c storage.Company, made storage.Chat) api.Company {
	out := api.Company{
		ID:      c.ID,
		Version: c.Version,
		Name:    c.Name,
		Shop:    api.Shop{URL: c.Shop.URL, KeyID: c.Shop.KeyID, Password: c.Shop.Password.String()},
		Chat:    api.Chat{URL: c.Chat.URL, Auth: c.Chat.Auth, Secrets: []string{}, Token: c.Chat.Token.String()},
		Catalog: api.CatalogSync{Enabled: c.Catalog.Enabled, Interval: duration(c.Catalog.Interval),
			Price: c.Catalog.Price},
		Orders: api.OrderSync{
			Enabled: c.Orders.Enabled, Paused: c.Orders.Paused, MaxAge: duration(c.Orders.MaxAge),
			Payments: orEmpty(c.Orders.Payments), Deliveries: orEmpty(c.Orders.Deliveries),
			Statuses: orEmpty(c.Orders.Statuses), Fields: orEmpty(c.Orders.Fields),
			OwnSyncOff: c.Orders.OwnSyncOff,
		},
		AccountID:      c.AccountID,
		Problem:        describeProblem(c.Problem),
		ChatProblem:    describeProblem(c.ChatFault),
		CatalogProblem: describeProblem(c.CatalogFault),
		Notices:        []api.Problem{},
		WebhookPath:    visit.WebhookPath(c),
		Hooks:          api.Hooks{Registered: len(c.Hooks.IDs) > 0, Problem: describeProblem(c.HookFault)},
	}
	if c.Chat.HMAC != (storage.HMAC{}) {
		hmac := api.HMAC(c.Chat.HMAC)
		out.Chat.HMAC = &hmac
	}
	if w := c.Chat.Wire; w != nil {
		out.Chat.Wire = &api.Wire{Preset: cmp.Or(w.Preset, storage.PresetContract), Fields: orEmpty(w.Fields),
			Receive: w.Receive, Report: w.Report, Answer: (*api.WireAnswer)(w.Answer),
			Catalog: cmp.Or(w.Catalog, storage.CatalogPush)}
	}
	if c.Orders.EraseAfter > 0 {
		out.Orders.EraseAfter = duration(c.Orders.EraseAfter)
	}
	for _, secret := range c.Chat.Secrets {
		text := secret.String()
		if slices.Contains(made.Secrets, secret) {
			text = secret.Reveal()
		}
		out.Chat.Secrets = append(out.Chat.Secrets, text)
	}
	// A token that was kept is masked; only one made by this very save shows.
	if made.Token != "" {
		out.Chat.Token = made.Token.Reveal()
	}
	// Worse than any other problem: nothing can be sent, received or reported.
	if c.Sealed {
		out.Problem = describeProblem(&storage.Problem{Code: problem.SecretsSealed})
	}
	if code := markerNotice(c); code != "" {
		out.Notices = append(out.Notices, *describeProblem(&storage.Problem{Code: code}))
	}
	return out
}

// markerNotice is what is to be said of the shop and our marker, if anything.
func markerNotice(c storage.Company) string {
	switch {
	case c.MarkerKept == nil:
		return problem.NoticeMarkerUntested
	case c.Learnt.CommentHidden:
		return problem.NoticeMarkerHidden
	case !*c.MarkerKept:
		return problem.NoticeMarkerNotKept
	default:
		return ""
	}
}

// describeProblem puts p into words; nil stays nil.
func describeProblem(p *storage.Problem) *api.Problem {
	if p == nil {
		return nil
	}
	out := &api.Problem{Code: p.Code, Args: p.Args, Message: locale.Problem(locale.English, p.Code, p.Args)}
	for i := range p.Also {
		out.Also = append(out.Also, *describeProblem(&p.Also[i]))
	}
	return out
}

// duration writes d as people do: 24h, not 24h0m0s.
func duration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// orEmpty is m, or {} where JSON would say null.
func orEmpty[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}
