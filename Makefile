# The menu: `make` prints it. Everything works without a container engine; only Go is needed.

GOLANGCI_VERSION := v2.15.0
CACHE            ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/mart
GOLANGCI_LINT    ?= $(CACHE)/golangci-lint-$(GOLANGCI_VERSION)/golangci-lint
GENERATED        := schemas infra/knative

# The race detector needs cgo and a C compiler; without them the tests run all the same, and say so.
RACE := $(shell [ "$$(go env CGO_ENABLED)" = 1 ] && command -v "$$(go env CC | cut -d' ' -f1)" >/dev/null && echo -race)

.DEFAULT_GOAL := help
.PHONY: help run demo test check lint tidy drift bench generate

help: ## print this menu
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## the whole mart on http://localhost:8080, mails on http://localhost:8025
	go build -buildvcs=false -o bin/mart ./infra/mart
	bin/mart up

demo: ## buy something in a throw-away mart and show every hop
	go run ./infra/mart demo

test: ## all tests
	@[ -n "$(RACE)" ] || echo "no C compiler: testing without the race detector (Debian and Ubuntu: apt-get install gcc)"
	go test $(RACE) ./...

check: lint tidy drift ## formatting, vet, linters, import rules, modules, generated files

lint: $(GOLANGCI_LINT)
	@unformatted=$$(git ls-files -co --exclude-standard '*.go' | xargs gofmt -l); \
	[ -z "$$unformatted" ] || { echo "not formatted, run gofmt -w on:"; echo "$$unformatted"; exit 1; }
	go vet ./...
	$(GOLANGCI_LINT) run ./...

tidy:
	go mod verify
	go mod tidy -diff

drift: generate
	@git diff --exit-code -- $(GENERATED) && new=$$(git ls-files -o --exclude-standard -- $(GENERATED)) && [ -z "$$new" ] || \
	{ echo "generated files differ from the commit: commit what make generate wrote $$new"; exit 1; }

bench: ## figures with their baseline, as a table
	go run ./infra/mart bench

generate: ## rewrite schemas and manifests from the catalogue of messages
	go run ./infra/mart generate
	go run ./infra/mart manifests

$(GOLANGCI_LINT):
	@echo "building golangci-lint $(GOLANGCI_VERSION), once: some minutes"
	GOBIN=$(@D) GOFLAGS= go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
