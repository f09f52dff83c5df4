package order

import (
	"math"
	"slices"

	"ineed-insales/storage"
)

// turn chooses from orders that are due, oldest first. Those that fail by
// themselves come last and few at a time, so that they slow down no other. While
// a company is in trouble, an order that has not failed yet tells most whose
// trouble it is; but every second time it is simply the next one's turn. fresh says that
// no probe is due, so that only an order may go that has not failed yet. The desk's mu is
// held.
func (d *Desk) turn(list []storage.Order, t *trouble, fresh bool) (key storage.OrderKey, ok bool) {
	if len(list) == 0 {
		return key, false
	}
	if t != nil && t.probeCount%2 == 1 && !fresh {
		return list[t.probeCount/2%len(list)].Key, true
	}
	best := slices.MinFunc(list, func(x, y storage.Order) int { return d.rank(x.Key, t) - d.rank(y.Key, t) }).Key
	switch {
	case fresh && d.blame.Fails(best) > 0:
		return key, false
	case t == nil && d.blame.Alone(best):
		return best, d.roomForAlone()
	}
	return best, true
}

// rank gives an order's place among those that are due; the lowest is tried first, and
// among equals the oldest.
func (d *Desk) rank(key storage.OrderKey, t *trouble) int {
	switch {
	case d.blame.Alone(key):
		return math.MaxInt32
	case t.unclear():
		return d.blame.Fails(key)
	}
	return d.blame.TurnedRank(key)
}

// roomForAlone reports whether one more order may be tried that fails by itself:
// so few are being sent that others need not wait for a sender, and so few have an
// unknown outcome that others need not wait for the shop.
func (d *Desk) roomForAlone() bool {
	flying, proving := 0, 0
	for key := range d.sending {
		if d.blame.Alone(key) {
			flying++
		}
	}
	for key := range d.doubts {
		if _, flies := d.sending[key]; !flies && d.blame.Alone(key) {
			proving++
		}
	}
	return flying < mostAlone && flying+proving < mostProving
}
