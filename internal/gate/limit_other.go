//go:build !unix

package gate

// descriptors is how many this process may have: enough.
func descriptors() int { return 2 * places }
