package bridge

import "context"

// Waiting counts the orders of all companies that need attention.
func (b *Bridge) Waiting(ctx context.Context) (int, error) { return b.store.Waiting(ctx) }
