package catalog

import (
	"context"
	"errors"
	"net/http"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// Poison is what the chat fails on while it takes everything else: it does not refuse
// the batch, which would be an answer, but breaks over it, with a status of 500 or
// with none. Batches go to the chat in order, so that without a remedy one product
// would keep all behind it from the chat for ever.
//
// When the chat has failed on a batch, that is at first taken for the chat's own
// trouble, and the batch waits. When it fails again and again, a batch that changes
// nothing is sent in its place: the contract allows to send other content under the
// same number. If that fails too, the chat is down, and all goes on waiting. If the
// chat takes it, the fault is in the batch: it is halved, and its halves likewise,
// until the one product is found that the chat cannot digest. That is parked like one
// that was refused, to be tried again later by its id, and everything else goes on. A
// batch that was of one product from the beginning is tried once more before that,
// since the chat may just have come back. This costs two requests more for each
// halving, some twenty for a product.
//
// The suspicion lives in memory only (catalogState.suspect): after a restart the chat
// is first given the benefit of the doubt again.

// unanswered is what follows when the chat has failed on a batch.
func (s *syncing) unanswered(ctx context.Context, b storage.CatalogBatch, cause error) error {
	s.mu.Lock()
	suspect := s.state.suspect
	often := suspect || s.state.failures+1 >= company.FailuresToAlarm
	s.mu.Unlock()
	if !often || problem.RetryAfter(cause) > 0 || problem.ChatStatus(cause) == http.StatusTooManyRequests ||
		!s.takesAnother(ctx, b) {
		return s.away(ctx, cause)
	}
	s.suspectBatch()
	switch {
	case len(b.Items.Products)+len(b.Items.Categories) > 1:
		s.company.Log.Warn("the chat fails on a batch and takes others: it is halved",
			"err", cause, "products", len(b.Items.Products))
		return s.split(ctx, b)
	case !suspect:
		return nil // once more, now that others are taken: the chat may just have come back
	}
	s.clearSuspicion()
	reason := &ineedchat.Error{Op: ineedchat.OpCatalogBatch, Message: "no answer"}
	if e, ok := errors.AsType[*ineedchat.Error](cause); ok && e.Status != 0 {
		reason = e
	}
	return s.park(ctx, b, reason)
}

// noVariant is the id of a variant that no shop of today has: ids are counted over
// all shops (inferred), and this was the first. A batch has to say something, and
// that this one is deleted changes nothing.
const noVariant = 1

// takesAnother reports whether the chat takes a batch that changes nothing in the
// place of one that it fails on. That it finds fault with it is an answer too.
func (s *syncing) takesAnother(ctx context.Context, b storage.CatalogBatch) bool {
	chat := s.company.Chat()
	nothing := storage.CatalogBatch{Company: b.Company, Seq: b.Seq, StagedAt: b.StagedAt,
		Items: storage.BatchItems{GoneVariants: []int64{noVariant}}}
	request, cancel := s.company.Finishing(ctx)
	defer cancel()
	_, err := chat.PutBatch(request, s.company.ID, s.run.Sync, b.Seq, s.encode(nothing, nil, nil))
	status := problem.ChatStatus(err)
	return err == nil || status == http.StatusBadRequest || status == http.StatusUnprocessableEntity
}

// suspectBatch notes that a failure of the chat is likely to be due to what it was
// sent.
func (s *Syncer) suspectBatch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.suspect = true
}

// clearSuspicion notes that the next failure of the chat is its own again, until it
// has happened often.
func (s *Syncer) clearSuspicion() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.suspect = false
}
