// Package version says which build of the program this is: how it is called, of which
// revision of the source it was made, and which tables it knows.
//
// The build itself stamps the revision, its date and whether the checkout had changes: Go
// does so wherever it finds the repository. A release is called by its tag, which the linker
// may set; any other build is called by the name that Go gives to its revision. Nothing
// here reads a file or the environment, so that the same binary always says the same.
package version

import (
	"cmp"
	"runtime"
	"runtime/debug"
	"strconv"
)

// unknown is what a build is called of which nothing is known, as with `go run` or in an
// archive of the source without its repository.
const unknown = "dev"

// An Info is what is known of a build.
type Info struct {
	Version  string `json:"version"`
	Revision string `json:"revision"` // of the source; "" = not known
	Date     string `json:"date"`     // of the revision, RFC 3339 in UTC; "" = not known
	Dirty    bool   `json:"dirty"`    // the source had changes that no revision has
	Go       string `json:"go"`
	Platform string `json:"platform"`
	Schema   int64  `json:"schema"` // the newest version of the database's tables that it knows
}

// Of gives what is known of the running program. What the linker calls it wins over what
// Go calls it.
func Of(linked string, schema int64) Info {
	built, _ := debug.ReadBuildInfo()
	return of(linked, schema, built)
}

func of(linked string, schema int64, built *debug.BuildInfo) Info {
	info := Info{Version: linked, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Schema: schema}
	if built == nil {
		info.Version = cmp.Or(info.Version, unknown)
		return info
	}
	for _, s := range built.Settings {
		switch s.Key {
		case "vcs.revision":
			info.Revision = s.Value
		case "vcs.time":
			info.Date = s.Value
		case "vcs.modified":
			info.Dirty = s.Value == "true"
		}
	}
	called := built.Main.Version
	if called == "(devel)" {
		called = ""
	}
	if called == "" && info.Revision != "" {
		called = unknown + "-" + info.Revision[:min(12, len(info.Revision))]
	}
	info.Version = cmp.Or(info.Version, called, unknown)
	return info
}

// Labels are the build as labels of a metric.
func (i Info) Labels() map[string]string {
	return map[string]string{"version": i.Version, "revision": i.Revision, "date": i.Date,
		"dirty": strconv.FormatBool(i.Dirty), "goversion": i.Go, "schema": strconv.FormatInt(i.Schema, 10)}
}
