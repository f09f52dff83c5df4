package probe

import (
	"context"
	"time"

	"ineed-insales/storage"
)

// learn gives the company what the program acts on. What a probe could not tell
// leaves what an earlier one has told; a shop that could not be asked tells nothing.
func (p *Prober) learn(ctx context.Context, r *run) {
	s := r.snapshot()
	told := func(name string) bool {
		i, found := s.Item(name)
		return found && (i.Verdict == storage.ProbeAsAssumed || i.Verdict == storage.ProbeOtherwise)
	}
	p.company.LearnOf(ctx, r.settings.Shop, func(c *storage.Company) {
		if c.AccountID != 0 && r.settings.AccountID != 0 && c.AccountID != r.settings.AccountID {
			return // another account was confirmed meanwhile
		}
		l := storage.Probed{}
		if c.Learnt.Probed != nil {
			l = *c.Learnt.Probed
		}
		l.At, l.Version = time.Now(), s.Version
		if told("page_size") {
			l.PageSize = r.learnt.PageSize
		}
		if told("feed_inclusive") {
			l.FeedExclusive = r.learnt.FeedExclusive
		}
		if told("feed_delay") {
			l.FeedDelay = r.learnt.FeedDelay
		}
		if told("pickup_without_address") {
			l.PickupNeedsAddress = r.learnt.PickupNeedsAddress
		}
		if r.learnt.FieldsRequired != nil {
			l.FieldsRequired = r.learnt.FieldsRequired
		}
		if told("marker_kept") {
			l.MarkerKept = r.learnt.MarkerKept
			c.MarkerKept = r.learnt.MarkerKept
			c.Learnt.CommentHidden = c.Learnt.CommentHidden && !*c.MarkerKept
		}
		c.Learnt.Probed = &l
	})
}
