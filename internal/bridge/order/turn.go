package order

import (
	"math"
	"slices"

	"ineed-insales/storage"
)

// turn chooses from orders that are due, oldest first. Those that fail by
// themselves come last and few at a time, so that they slow down no other. While
// a company is in trouble, an order that has not failed yet tells most whose
// trouble it is; but every second time it is simply the next one's turn.
func (w *Desk) turn(list []storage.Order, t *trouble, fresh bool) (key storage.OrderKey, ok bool) {
	if len(list) == 0 {
		return key, false
	}
	if t != nil && t.turn%2 == 1 && !fresh {
		return list[t.turn/2%len(list)].Key, true
	}
	best := slices.MinFunc(list, func(x, y storage.Order) int { return w.rank(x.Key, t) - w.rank(y.Key, t) }).Key
	switch {
	case fresh && w.blame.fails(best) > 0:
		return key, false
	case t == nil && w.blame.alone(best):
		return best, w.roomForAlone()
	}
	return best, true
}

// rank orders by who is tried first; among equals it is the oldest.
func (w *Desk) rank(key storage.OrderKey, t *trouble) int {
	switch {
	case w.blame.alone(key):
		return math.MaxInt32
	case t.unclear():
		return w.blame.fails(key)
	}
	return w.blame.turnedAway(key)
}

// roomForAlone reports whether one more order may be tried that fails by itself:
// so few are being sent that others need not wait for a sender, and so few have an
// unknown outcome that others need not wait for the shop.
func (w *Desk) roomForAlone() bool {
	flying, proving := 0, 0
	for key := range w.sending {
		if w.blame.alone(key) {
			flying++
		}
	}
	for key := range w.doubts {
		if _, flies := w.sending[key]; !flies && w.blame.alone(key) {
			proving++
		}
	}
	return flying < mostAlone && flying+proving < mostProving
}
