package company

import (
	"context"
	"time"

	"ineed-insales/insales"
)

// PersonWaits is how long all requests may take together for which a person
// waits.
const PersonWaits = 30 * time.Second

// Ask sends one request to a shop once its window admits such work.
func Ask[T any](
	ctx context.Context, shop *insales.Client, work insales.Work,
	call func(context.Context, *insales.Permit) (T, error),
) (T, error) {
	permit, err := shop.Window().Take(ctx, work)
	if err != nil {
		var zero T
		return zero, err
	}
	return call(ctx, permit)
}
