// Package hook keeps a shop's list of webhooks in line with what one company wants of
// it: for each topic one webhook at the company's own URL, or none at all.
//
// Align asks the shop for its list, makes what is missing and removes our strays, as
// ViewOf sorts them. It takes for ours only what we have made or what comes to our own
// host under the company's name, and touches nothing else: the merchant's other
// webhooks, and those of another connector, stay as they are. It keeps nothing in
// memory; which webhooks are ours, and whether they could be made, package order
// stores. When to call it is decided there, too.
//
// A webhook of the shop carries no signature. Its token is part of its URL, so that
// nobody who does not know the URL can send one, and after RenewToken the token before
// stays valid for a day, since the shop needs time to hear of the new one.
package hook

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/weburl"
	"ineed-insales/storage"
)

// Align makes the webhooks that are missing at a URL, and removes those of ours that
// should not be there; without a URL that is all of them. It gives the ids of ours, and
// the host of another connector that is registered for the same company, if there is
// one. What fails for one webhook keeps the others from nothing.
func Align(
	ctx context.Context, shop *insales.Client, publicURL string, c storage.Company, url string,
) (ids []int64, other string, err error) {
	list, err := company.Ask(ctx, shop, insales.Rereading, shop.Hooks)
	if err != nil {
		return nil, "", err
	}
	if list, err = withUnlisted(ctx, shop, c.Hooks.IDs, list); err != nil {
		return nil, "", err
	}
	v := ViewOf(publicURL, c, list, url)
	var failed error
	for _, h := range v.strays {
		if err := drop(ctx, shop, h.ID); err != nil {
			failed = errors.Join(failed, err)
		}
		if problem.Certain(failed) {
			return nil, "", failed
		}
	}
	for _, topic := range v.Missing {
		h, err := company.Ask(ctx, shop, insales.Rereading,
			func(ctx context.Context, p *insales.Permit) (insales.Hook, error) {
				return shop.CreateHook(ctx, p, url, topic)
			})
		if problem.Certain(err) {
			return nil, "", err
		}
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		v.ids = append(v.ids, h.ID)
	}
	slices.Sort(v.ids)
	return v.ids, v.Other, failed
}

// withUnlisted adds to a shop's list those of our webhooks that it does not show
// and that are there when they are asked for: believing the list, we would make
// them again, or forget to remove them.
func withUnlisted(
	ctx context.Context, shop *insales.Client, ours []int64, list []insales.Hook,
) ([]insales.Hook, error) {
	for _, id := range ours {
		if slices.ContainsFunc(list, func(h insales.Hook) bool { return h.ID == id }) {
			continue
		}
		h, err := company.Ask(ctx, shop, insales.Rereading,
			func(ctx context.Context, p *insales.Permit) (insales.Hook, error) { return shop.Hook(ctx, p, id) })
		switch {
		case err == nil && h.ID == id:
			list = append(list, h)
		case err != nil && !problem.NotThere(err):
			return nil, err
		}
	}
	return list, nil
}

// A View is what a shop's list of webhooks means for one company.
type View struct {
	ids     []int64        // ours that are as they should be
	Missing []string       // topics that are not registered and should be
	strays  []insales.Hook // ours that should not be there
	Other   string         // host of another connector for the same company; "" = none
}

// ViewOf sorts a shop's webhooks: of ours there is to be one for each topic
// at the URL, and none without one.
func ViewOf(publicURL string, c storage.Company, list []insales.Hook, url string) View {
	var v View
	if url != "" {
		v.Missing = topics()
	}
	for _, h := range list {
		i := slices.Index(v.Missing, h.Topic)
		switch {
		case i >= 0 && h.Ours(url, h.Topic):
			v.Missing = slices.Delete(v.Missing, i, i+1)
			v.ids = append(v.ids, h.ID)
		case ours(publicURL, c, h):
			v.strays = append(v.strays, h)
		default:
			v.Other = otherHost(v.Other, c, h)
		}
	}
	return v
}

// ours reports whether a webhook is ours: one whose id we stored, or one at
// our own host below this company's path.
func ours(publicURL string, c storage.Company, h insales.Hook) bool {
	if slices.Contains(c.Hooks.IDs, h.ID) {
		return true
	}
	u, ok := weburl.Parse(h.Address)
	ours, public := weburl.Parse(publicURL)
	if !ok || !public || u.Host() != ours.Host() {
		return false
	}
	token, below := strings.CutPrefix(u.Path, strings.TrimRight(ours.Path, "/")+path+c.ID+"/")
	return below && !strings.HasPrefix(token, ProbePrefix)
}

// otherHost gives the host of a webhook that looks like another connector's
// for the same company, or what was found before.
func otherHost(found string, c storage.Company, h insales.Hook) string {
	u, ok := weburl.Parse(h.Address)
	if found == "" && ok && strings.Contains(u.Path, path+c.ID+"/") && !strings.Contains(u.Path, "/"+ProbePrefix) {
		return u.Host()
	}
	return found
}

// drop removes a webhook; one that is not there is removed.
func drop(ctx context.Context, shop *insales.Client, id int64) error {
	_, err := company.Ask(ctx, shop, insales.Rereading, func(ctx context.Context, p *insales.Permit) (struct{}, error) {
		return struct{}{}, shop.DeleteHook(ctx, p, id)
	})
	if problem.NotThere(err) {
		return nil
	}
	return err
}

// topics are the webhooks that we want.
func topics() []string { return []string{insales.TopicOrderUpdate, insales.TopicOrderDestroy} }

// Fault says why webhooks could not be registered.
func Fault(err error) *storage.Problem {
	if problem.Forbidden(err) {
		return &storage.Problem{Code: problem.HooksNoRight}
	}
	return &storage.Problem{Code: problem.HooksFailing,
		Args: map[string]string{"status": strconv.Itoa(problem.ShopStatus(err))}}
}
