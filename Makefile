.PHONY: test race lint bench browser torture demo image image-all release notice house docs-test pictures ci

test: ; go test -timeout 30m ./...
# SQLite's own memory is not Go's, and the detector sees none of it: see .ci/run
race: ; GOMAXPROCS=1 go test -p 2 -race -gcflags=modernc.org/...=-d=checkptr=0 -gcflags=modernc.org/sqlite/lib=-race=false \
	-gcflags=modernc.org/libc=-race=false -gcflags=modernc.org/memory=-race=false -shuffle=on ./...
lint: ; gofmt -l . && go vet ./... && go tool -modfile=.ci/go.mod staticcheck ./...
# one table: the connector beside what people would use instead, and its parts beside each other; BENCH=-help names its
# flags, and BENCH='-program old=PATH -program new=PATH -only none' compares two builds
bench: ; go -C bench run . $(BENCH)
# needs chromium and, in AXE, the path of axe-core's axe.min.js
browser: ; go test -count=1 -tags browser -run '^Test(Browser|FirstOrder|CodeInBrowser)$$' .
# the pictures of docs/guide.ru.md, made anew from the real panel
pictures: ; PICTURES=1 go test -count=1 -tags browser -run TestBrowser .
# the built program between hostile peers, for TORTURE=5m or as long as you say (TORTURE=2h), then what it takes to settle;
# TORTURE_SEED repeats a run, TORTURE_ONLY and TORTURE_WITHOUT choose ingredients. Linux; as root for the full disk.
torture: ; go test -count=1 -tags torture -run '^TestTorture$$' -timeout 0 -v .
demo: ; go run . demo
REVISION = $(shell git rev-parse HEAD 2>/dev/null)
image: ; docker build -t ineed-insales --build-arg VERSION="$(VERSION)" --build-arg REVISION="$(REVISION)" .
# for two platforms at once, pushed to IMAGE (a name with its host, without a tag); needs docker buildx. Its layers are
# packed by zstd, a MiB less than by gzip, which Docker unpacks from version 23 and containerd from 1.5.
image-all: ; @test -n "$(IMAGE)" -a -n "$(VERSION)" || { echo "say IMAGE=… VERSION=…" >&2; exit 2; }
	docker buildx build --platform linux/amd64,linux/arm64 --build-arg VERSION="$(VERSION)" \
		--build-arg REVISION="$(REVISION)" -t "$(IMAGE):$(VERSION)" \
		--output type=image,push=true,oci-mediatypes=true,compression=zstd,compression-level=22,force-compression=true .
# archives for all systems with checksums and a bill of materials, in dist/: make release VERSION=v1.2.3
release: ; @test -n "$(VERSION)" || { echo "say VERSION=v1.2.3" >&2; exit 2; }
	rm -rf dist && .ci/release "$(VERSION)" dist
# after a change of go.mod: the licences of what is linked, and the lines that docs/dependencies.md needs
notice: ; go -C .ci run ./bill notice >NOTICE && go -C .ci run ./bill table
# rooms in figures: lines, exported names and who uses them, references, functions and lines that are too long
house: ; go test -count=1 -tags house -run '^TestHouseMeasure$$' -v .
# all that the documents say is done: each block of a shell, each command of the table in docs/commands.md
docs-test: ; go test -count=1 -tags docs -run '^(TestDocuments|TestDocumentsNotices|TestDeployComments)$$' -v .
ci: ; .ci/run
