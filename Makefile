# The menu: `make` prints it. Everything works without a container engine; only Go is needed.

GOLANGCI_VERSION := v2.15.0
CACHE            ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/mart
GOLANGCI_LINT    ?= $(CACHE)/golangci-lint-$(GOLANGCI_VERSION)/golangci-lint
GOTESTSUM_VERSION := v1.13.0
GOTESTSUM        ?= $(CACHE)/gotestsum-$(GOTESTSUM_VERSION)/gotestsum
GENERATED        := schemas functions/gateway/pages/graphs infra/knative functions/internal/domain/phones.json infra/settings.md docker-compose.yml

# Modules of their own, so that what only they need (Knative's code, compose's, stripe-mock, a browser, Graphviz, Prometheus) stays out of the mart's.
MODULES          := infra/scaffold infra/scaffold/write infra/compose infra/stripemock infra/knative/validate infra/pages infra/graphs infra/observability

# make test TESTFLAGS=-count=1 runs what the cache has seen pass, too.
TESTFLAGS        ?=

# What go test prints, and at the end which tests were skipped, and why.
GO_TEST          = $(GOTESTSUM) --format standard-quiet

# The race detector needs cgo, and cgo a compiler that finds the C library's headers; without, all is built and tested without cgo.
COMPILES_C := $(shell [ "$$(go env CGO_ENABLED)" = 1 ] && printf '\043include <errno.h>\nint main(void) { return errno; }\n' | \
                $$(go env CC) -x c -o /dev/null - 2>/dev/null && echo yes)
ifdef COMPILES_C
RACE := -race
else
export CGO_ENABLED := 0
endif

# The program notes the revision that it was built from (mart --version), unless git is not there, or does not speak of this folder: then
# go build would fail.
REVISION := $(shell git rev-parse --verify -q HEAD >/dev/null 2>&1 && echo true || echo false)

.DEFAULT_GOAL := help
.PHONY: help run demo test modules check lint tidy drift bench pictures generate e2e-upgrade e2e-compose e2e-knative bin/mart

help: ## print this menu
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: bin/mart ## the whole mart on http://localhost:8080, mails on http://localhost:8025
	bin/mart up

demo: bin/mart ## buy something in a throw-away mart and show every hop
	bin/mart demo

bin/mart:
	@[ -e $@ ] || echo "The first build downloads 130 MB of Go modules and compiles them: 2 to 5 minutes on two processors, without another word." \
	"Later ones take seconds."
	go build -buildvcs=$(REVISION) -o $@ ./infra/mart

# The end-to-end suite takes longest, and waits for much: it begins first, and the others run beside it.
test: $(GOTESTSUM) ## all tests of the mart
	@[ -n "$(RACE)" ] || echo "no C compiler that works: testing without the race detector (Debian and Ubuntu: apt-get install gcc libc6-dev)"
	@echo "Compiling the tests first: the first time 5 to 10 minutes on two processors without another word. They run for about as long."
	@mkdir -p bin
	$(GO_TEST) --jsonfile bin/tests.json -- $(RACE) -timeout 30m $(TESTFLAGS) ./infra/e2e ./...
	@echo && echo "=== Slower than 20 seconds" && $(GOTESTSUM) tool slowest --threshold 20s --jsonfile bin/tests.json

modules: $(GOTESTSUM) ## tests that need others' code: Knative's, compose's, Stripe's, a browser, Prometheus'
	@for module in $(MODULES); do echo "== $$module"; (cd $$module && go vet ./... && $(GO_TEST) -- -timeout 30m $(TESTFLAGS) ./...) || exit; done

check: lint tidy drift ## formatting, vet, linters, import rules, modules, generated files

lint: $(GOLANGCI_LINT)
	@unformatted=$$(git ls-files -co --exclude-standard '*.go' | xargs gofmt -l); \
	[ -z "$$unformatted" ] || { echo "not formatted, run gofmt -w on:"; echo "$$unformatted"; exit 1; }
	go vet ./...
	$(GOLANGCI_LINT) run ./...

tidy:
	go mod verify
	@for module in . $(MODULES); do (cd $$module && go mod tidy -diff) || { echo "run go mod tidy in $$module"; exit 1; }; done

drift: generate
	@git diff --exit-code -- $(GENERATED) && new=$$(git ls-files -o --exclude-standard -- $(GENERATED)) && [ -z "$$new" ] || \
	{ echo "generated files differ from the commit: commit what make generate wrote $$new"; exit 1; }

bench: bin/mart ## figures with their baseline, as a table
	bin/mart bench

e2e-upgrade: ## the last release's own program, built from the history, and then this one's on what it has left, under load
	MART_E2E_RELEASE=$${MART_E2E_RELEASE:-last} go test ./infra/e2e -run TestStormUpgradeFromTheLastRelease -count=1 -timeout 20m -v

e2e-compose: ## docker-compose.yml on a container engine: built, tested end to end, crashed, taken down and up
	infra/compose/e2e.sh

e2e-knative: ## the end-to-end suite on a cluster with Knative and Kafka; infra/knative/e2e.sh says what it needs
	infra/knative/e2e.sh

pictures: bin/mart ## README's pictures anew, in a browser, and its recording of a demo: of marts that are started for them
	bin/mart demo --record infra/pages/pictures/readme-demo.svg
	MART_PICTURES=$(CURDIR)/infra/pages/pictures go -C infra/pages test -count=1 -run TestPicturesOfREADME .

generate: bin/mart ## rewrite schemas, pictures, manifests, settings and compose's services from what the code declares
	bin/mart generate
	bin/mart manifests
	go -C infra/graphs run . ../../functions/gateway/pages/graphs
	@$(MAKE) -s bin/mart # which serves what was written

$(GOLANGCI_LINT):
	@echo "building golangci-lint $(GOLANGCI_VERSION), once: some minutes"
	GOBIN=$(@D) GOFLAGS= go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

$(GOTESTSUM):
	@echo "building gotestsum $(GOTESTSUM_VERSION), once: half a minute"
	GOBIN=$(@D) GOFLAGS= go install gotest.tools/gotestsum@$(GOTESTSUM_VERSION)
