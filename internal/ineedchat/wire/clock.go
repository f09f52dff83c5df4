package wire

import (
	"context"
	"time"
)

// maxWall is how long a run may take that gets too little of a processor, because the
// machine has much else to do.
const maxWall = 2 * time.Second

// limited bounds a run: it may use maxTime of a processor, and take maxWall.
func limited(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	began, used := time.Now(), processorTime()
	var look *time.Timer
	set := make(chan struct{})
	look = time.AfterFunc(maxTime, func() {
		<-set
		if processorTime()-used >= maxTime || time.Since(began) >= maxWall {
			cancel()
			return
		}
		look.Reset(maxTime / 4)
	})
	close(set)
	return ctx, func() { look.Stop(); cancel() }
}
