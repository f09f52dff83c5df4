//go:build !linux

package inmemory

import "testing"

// inFolder runs the tests with their folders where they are.
func inFolder(m *testing.M) int { return m.Run() }
