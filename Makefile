# The menu: `make` prints it. Everything works without a container engine; only Go is needed.

GOLANGCI_VERSION := v2.15.0
CACHE            ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/mart
GOLANGCI_LINT    ?= $(CACHE)/golangci-lint-$(GOLANGCI_VERSION)/golangci-lint
GENERATED        := schemas infra/knative functions/internal/domain/phones.json infra/settings.md

# Modules of their own, so that what only their tests need (Knative's code, compose's, stripe-mock) stays out of the mart's.
MODULES          := infra/scaffold infra/compose infra/stripemock infra/knative/validate

# make test TESTFLAGS=-count=1 runs what the cache has seen pass, too.
TESTFLAGS        ?=

# The race detector needs cgo and a C compiler; without them the tests run all the same, and say so.
RACE := $(shell [ "$$(go env CGO_ENABLED)" = 1 ] && command -v "$$(go env CC | cut -d' ' -f1)" >/dev/null && echo -race)

.DEFAULT_GOAL := help
.PHONY: help run demo test modules check lint tidy drift bench generate e2e-knative

help: ## print this menu
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## the whole mart on http://localhost:8080, mails on http://localhost:8025
	go build -buildvcs=false -o bin/mart ./infra/mart
	bin/mart up

demo: ## buy something in a throw-away mart and show every hop
	go run ./infra/mart demo

test: ## all tests of the mart
	@[ -n "$(RACE)" ] || echo "no C compiler: testing without the race detector (Debian and Ubuntu: apt-get install gcc)"
	go test $(RACE) -timeout 30m $(TESTFLAGS) ./...

modules: ## tests that need others' code: Knative's, compose's, Stripe's
	@for module in $(MODULES); do (cd $$module && go vet ./... && go test $(TESTFLAGS) ./...) || exit; done

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

bench: ## figures with their baseline, as a table
	go run ./infra/mart bench

e2e-knative: ## the end-to-end suite on a cluster with Knative and Kafka; infra/knative/e2e.sh says what it needs
	infra/knative/e2e.sh

generate: ## rewrite schemas, manifests and the table of settings from what the code declares
	go run ./infra/mart generate
	go run ./infra/mart manifests

$(GOLANGCI_LINT):
	@echo "building golangci-lint $(GOLANGCI_VERSION), once: some minutes"
	GOBIN=$(@D) GOFLAGS= go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
