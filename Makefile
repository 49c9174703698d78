# make run    build what is missing and serve on http://127.0.0.1:3000
# make dev    the same, readable logs, assets and program built anew on each start
# make test   install what the tests need, build, run the tests, all that share memory with the race detector
# make check  generated code up to date, formatted, vetted
# make bench  measure, beside a bare reverse proxy in the same run

GO      ?= go
NPM     ?= npm
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
TEMPLS  := $(shell find views -name '*.templ')
ASSETS  := $(shell find static/css static/js static/sdk static/img -type f) static/build.mjs tailwind.config.js package.json
SOURCES := $(shell find cmd handlers views ai store migrations static -name '*.go' -not -name '*_test.go') \
           $(shell find migrations -name '*.sql')

.PHONY: run dev build generate check test test-raced test-postgres test-scenes test-timed test-tools bench clean
.DELETE_ON_ERROR:

run: bin/alleato
	./bin/alleato serve

dev: generate bin/alleato
	ALLEATO_ENV=development ./bin/alleato serve

build: bin/alleato

bin/alleato: $(SOURCES) static/dist/manifest.json go.mod go.sum
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o $@ ./cmd/alleato

node_modules/.package-lock.json: package.json package-lock.json
	$(NPM) ci --ignore-scripts --no-audit --no-fund
	@touch $@

static/dist/manifest.json: node_modules/.package-lock.json $(ASSETS) $(TEMPLS)
	node static/build.mjs
	@touch $@

generate:
	$(GO) tool templ generate -path views

check: static/dist/manifest.json
	$(GO) tool templ generate -path views >/dev/null
	git diff --exit-code -- '*_templ.go'
	test -z "$$(git ls-files --others --exclude-standard -- '*_templ.go')"
	test -z "$$(gofmt -l $$(git ls-files '*.go') | tee /dev/stderr)"
	$(GO) vet ./...
	$(GO) mod tidy -diff

# Debian packages are installed where that may be done; elsewhere the tests that lack something say
# so and are skipped, which CI=true turns into a failure.
test-tools:
	@if { ! command -v chromium || ! ls /usr/lib/postgresql/*/bin/postgres; } >/dev/null 2>&1 && \
	    command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium postgresql; \
	fi

# What asks nothing of the database, and races, were tested in the first run.
SAME_ON_POSTGRES := Browser|TestClient|TestSDK|TestContract|TestDiagramFrame|TestFuzz|TestSheetCells|TestCodeSpeed|TestTextSpeed|TestSheetSpeed|TestStreamingFrames|TestChatFrames

# What is held to a time is measured apart: the race detector makes it ten times slower, and the
# browser beside it takes the processors.
TIMED := ^(TestHostile|TestCompareHostile|TestImportYields|TestHostileTextIsCheap|TestReadCost|TestPurgeLetsOthersWrite|TestLeafOfLongChat|TestForksOfManyBranches|TestSearchLongTexts|TestDocumentManyVersions|TestDocumentSpaceCost|TestFenced|TestCount|TestCodeSpeed|TestTextSpeed|TestSheetSpeed|TestStreamingFrames|TestChatFrames)$$

# The server that the browser's scenes look at is the one that the other tests raced; with the detector
# they would take three times as long.
BROWSED := ^TestBrowser$$

# Who may do what, thousands of requests one after the other, whose handlers the other tests race.
MATRIX := ^TestMatrix$$

# The race detector watches all but SQLite's machine code in Go and the hashes of passwords: they share no memory
# with us, and were most of the time of a run with it. Such a package must use no generics of sync and atomic, or
# the linker may take its unwatched copies of them for everybody.
UNRACED := modernc.org/sqlite/lib golang.org/x/crypto/argon2 golang.org/x/crypto/blake2b
RACE := -race $(UNRACED:%=-gcflags=%=-race=false)

# Beside others a scene can be late, a finger's press come out as a long one: a few that failed are played once more,
# each by itself, where a real failure fails again. After a panic the rest was not played, and a scene that is not
# found has not passed.
AGAIN = [ $$status = 0 ] || { \
	  failed=$$(sed -n 's|^    --- FAIL: TestBrowser/\([^ ]*\) .*|\1|p' bin/scenes.txt | sed 's|/|$$/^|g'); \
	  [ -n "$$failed" ] && [ $$(echo "$$failed" | wc -l) -le 4 ] && ! grep -q '^panic: ' bin/scenes.txt && \
	  for scene in $$failed; do \
	    $(GO) test -run "^TestBrowser$$/^$$scene$$" ./handlers >bin/scenes.txt 2>&1 || { cat bin/scenes.txt; exit 1; }; cat bin/scenes.txt; \
	    ! grep -q 'no tests to run' bin/scenes.txt || exit 1; \
	  done; }

# Two processors are busy with two of the parts; the others want the machine for themselves.
test: test-tools bin/alleato
	$(MAKE) --no-print-directory -j2 --output-sync=line test-raced test-postgres
	$(MAKE) --no-print-directory test-scenes
	$(MAKE) --no-print-directory test-timed

test-raced:
	$(GO) test $(RACE) -timeout 40m -skip '$(TIMED)|$(BROWSED)|$(MATRIX)' ./...

test-postgres:
	ALLEATO_TEST_DATABASE=postgres $(GO) test -timeout 40m -skip '$(SAME_ON_POSTGRES)' ./handlers

test-scenes:
	@$(GO) test -timeout 30m -run '$(BROWSED)' ./handlers >bin/scenes.txt 2>&1; status=$$?; cat bin/scenes.txt; $(AGAIN)

test-timed:
	$(GO) test -p 1 -run '$(TIMED)|$(MATRIX)' ./ai ./store/... ./views/... ./handlers

bench: bin/alleato
	$(GO) test -run '^$$' -bench . -benchtime 1x -timeout 30m ./cmd/alleato

clean:
	rm -rf bin node_modules
	find static/dist -mindepth 1 -not -name .gitkeep -delete
