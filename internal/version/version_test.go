package version

import (
	"runtime/debug"
	"testing"
)

func TestVersionOf(t *testing.T) {
	const revision = "09ec8bee8c78d79005df3418414551adfc1a66d8"
	stamped := []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: revision},
		{Key: "vcs.time", Value: "2026-11-29T11:49:31Z"}, {Key: "vcs.modified", Value: "true"}}
	for _, test := range []struct {
		name, linked, called string
		settings             []debug.BuildSetting
		want                 string
	}{
		{"go run", "", "", nil, "dev"},
		{"go test", "", "(devel)", nil, "dev"},
		{"a checkout", "", "v0.0.0-20261129114931-09ec8bee8c78+dirty", stamped,
			"v0.0.0-20261129114931-09ec8bee8c78+dirty"},
		{"a checkout of an older Go", "", "(devel)", stamped, "dev-09ec8bee8c78"},
		{"a short revision", "", "", []debug.BuildSetting{{Key: "vcs.revision", Value: "09ec"}}, "dev-09ec"},
		{"a tag", "", "v1.2.3", stamped, "v1.2.3"},
		{"the linker wins", "v1.2.4", "v1.2.3", stamped, "v1.2.4"},
		{"the linker alone", "v1.2.4", "(devel)", nil, "v1.2.4"},
	} {
		got := of(test.linked, 25, &debug.BuildInfo{Main: debug.Module{Version: test.called}, Settings: test.settings})
		if got.Version != test.want || got.Schema != 25 || got.Go == "" || got.Platform == "" {
			t.Errorf("%s: %+v, want %s", test.name, got, test.want)
		}
		if len(test.settings) == len(stamped) &&
			(got.Revision != revision || got.Date != "2026-11-29T11:49:31Z" || !got.Dirty) {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
	if got := of("", 1, nil); got.Version != "dev" || got.Dirty {
		t.Errorf("of nothing: %+v", got)
	}
	if got := Of("v1", 7).Labels(); got["version"] != "v1" || got["schema"] != "7" || got["dirty"] == "" {
		t.Errorf("labels: %v", got)
	}
}
