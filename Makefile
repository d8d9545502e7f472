# gomedic's house work. `make` lists what there is.
#
# gomedic itself is built without a C compiler. What the lab's windows need is
# installed by scripts/install-deps, which does nothing when it is all here.

SHELL       := bash
.NOTPARALLEL:
.DEFAULT_GOAL := help

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
PLATFORMS   := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
MAX_BYTES   := 37748736 # 36 MiB: what the binary may weigh

# The main module never uses C; the lab, a module of its own, does.
main := CGO_ENABLED=0 go
lab  := cd lab && CGO_ENABLED=1 GOWORK=off go
# Modules of their own that use C, too.
adapters := reload/fynereload reload/gioreload reload/ebitenreload

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the static program bin/gomedic
	@$(main) build -trimpath -ldflags="-s -w" -o bin/gomedic ./cmd/gomedic
	@size=$$(wc -c <bin/gomedic); if ((size > $(MAX_BYTES))); then \
		echo "bin/gomedic weighs $$size bytes, more than $(MAX_BYTES)" >&2; exit 1; fi

.PHONY: install
install: ## install gomedic into GOBIN
	@$(main) install -trimpath -ldflags="-s -w" ./cmd/gomedic

.PHONY: demo
demo: deps build ## freeze a real Fyne window and show the verdict
	@scripts/demo

.PHONY: lab
lab: deps build ## score gomedic against every fault of the lab
	@bin/gomedic lab score

.PHONY: lab-short
lab-short: deps build ## score gomedic against a selection of the lab
	@scripts/lab-short

.PHONY: lab-reload
lab-reload: deps build ## run the cases of hot reload in real windows
	@bin/gomedic lab reload $(if $(ONLY),--only '$(ONLY)')

.PHONY: bench
bench: deps build ## measure gomedic beside what people use today
	@bench/run

.PHONY: test
test: deps format vet staticcheck cross test-lab test-adapters test-main ## check and test everything

.PHONY: test-main
test-main:
	@echo "== go test"
	@$(main) test -timeout 15m ./...

.PHONY: test-lab
test-lab:
	@echo "== go vet and go test in lab"
	@$(lab) vet ./... github.com/gomedic/gomedic/lab/harness
	@$(lab) test ./...

.PHONY: test-adapters
test-adapters:
	@for a in $(adapters); do \
		echo "== go vet and go test in $$a"; \
		(cd $$a && CGO_ENABLED=1 GOWORK=off go vet ./... && CGO_ENABLED=1 GOWORK=off go test ./...) || exit 1; \
	done
	@CGO_ENABLED=1 go vet -tags gomedic_reload ./reload ./reload/testdata/plugin/...

# The first build of a toolkit under the race detector takes some minutes of two cores
# (Fyne: 6); it is not of the time that go test allows.
.PHONY: test-race
test-race: ## test hot reload under the race detector
	@echo "== go test -race ./reload/..."
	@CGO_ENABLED=1 go test -race ./reload/...
	@for a in $(adapters); do \
		echo "== go test -race in $$a"; \
		(cd $$a && CGO_ENABLED=1 GOWORK=off go test -race -timeout 5m ./...) || exit 1; \
	done

.PHONY: format
format: ## fail when a file is not formatted
	@echo "== gofmt"
	@files=$$(git ls-files --cached --others --exclude-standard '*.go' | xargs gofmt -l); \
		if [[ -n $$files ]]; then printf 'gofmt -w these:\n%s\n' "$$files" >&2; exit 1; fi

.PHONY: vet
vet: ## go vet
	@echo "== go vet"
	@$(main) vet ./...

.PHONY: staticcheck
staticcheck: ## staticcheck
	@echo "== staticcheck"
	@$(main) run $(STATICCHECK) ./...

.PHONY: cross
cross: ## compile for each system and processor
	@for p in $(PLATFORMS); do \
		echo "== build for $$p"; \
		GOOS=$${p%/*} GOARCH=$${p#*/} $(main) build -o /dev/null ./cmd/gomedic || exit 1; \
		GOOS=$${p%/*} GOARCH=$${p#*/} $(main) vet ./cmd/... ./docs/... ./internal/... ./reload/... ./scripts/... || exit 1; \
	done

.PHONY: fuzz
fuzz: ## fuzz each reader of untrusted input for FUZZTIME (10s)
	@scripts/fuzz $(or $(FUZZTIME),10s)

.PHONY: generate
generate: ## generate layout tables, the pages of the commands, and other made files
	@$(main) generate ./...

.PHONY: docs
docs: ## generate the pages of the commands alone
	@$(main) generate ./scripts/gendocs

.PHONY: deps
deps: ## install what the lab's windows need (apt), or name it
	@scripts/install-deps

.PHONY: clean
clean: ## remove what was built
	@rm -rf bin build
