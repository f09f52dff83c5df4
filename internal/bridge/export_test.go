package bridge

// Moves gives the pairs of states that the machine's table allows.
func Moves() map[[2]string]bool {
	pairs := map[[2]string]bool{}
	for _, t := range machine() {
		pairs[[2]string{string(t.from), string(t.to)}] = true
	}
	return pairs
}

// Marker makes the marker of an order.
func Marker(key []byte, company, order string) string { return marker(key, company, order) }
