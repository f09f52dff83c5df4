package bridge

// Moves gives the pairs of states that the machine's table allows.
func Moves() map[[2]string]bool {
	pairs := map[[2]string]bool{}
	for _, t := range machine() {
		pairs[[2]string{string(t.from), string(t.to)}] = true
	}
	return pairs
}
