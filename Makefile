.PHONY: test race lint bench browser torture demo image house ci

test: ; go test -timeout 30m ./...
race: ; GOMAXPROCS=1 go test -p 2 -race -gcflags=modernc.org/...=-d=checkptr=0 -shuffle=on ./...
lint: ; gofmt -l . && go vet ./... && go tool -modfile=.ci/go.mod staticcheck ./...
bench: ; go test -run '^$$' -bench . ./...
# needs chromium and, in AXE, the path of axe-core's axe.min.js
browser: ; go test -count=1 -tags browser -run TestBrowser .
# the built program between hostile peers, for TORTURE=5m or as long as you say (TORTURE=2h), then what it takes to settle;
# TORTURE_SEED repeats a run, TORTURE_ONLY and TORTURE_WITHOUT choose ingredients. Linux; as root for the full disk.
torture: ; go test -count=1 -tags torture -run '^TestTorture$$' -timeout 0 -v .
demo: ; go run . demo
image: ; docker build -t ineed-insales .
# rooms in figures: lines, exported names and who uses them, references, functions and lines that are too long
house: ; go test -count=1 -tags house -run '^TestHouseMeasure$$' -v .
ci: ; .ci/run
