//go:build !unix

package config

import "io/fs"

// Owner is whose file it is; this system has no numbers for that.
func Owner(fs.FileInfo) string { return "-" }
