# Every target does its own set-up (scripts/setup), so `make demo` and `make test` work on a fresh clone.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

ROOT := $(CURDIR)
VENV := $(ROOT)/.tools/venv
export PATH := $(ROOT)/.tools/bin:$(VENV)/bin:$(PATH)
# The helpers of every language start the local stand-in from here.
export TABLETHEORY_LOCAL := $(ROOT)/target/debug/tabletheory
export TABLETHEORY_PYTHON := $(VENV)/bin/python
export CARGO_TARGET_DIR := $(ROOT)/target

XTASK := cargo run --quiet --package xtask --
# What `cargo build` selects. Selecting less would save little and build shared dependencies twice, with other features.
SELECT := --workspace --bins --examples
NPM := npm --silent --no-audit --no-fund --no-update-notifier
NPM_FOLDERS := ts-shim $(patsubst %/package.json,%,$(wildcard examples/node/package.json))
INSTALLED := $(NPM_FOLDERS:%=%/node_modules/.package-lock.json)
GO_MODULES := $(patsubst %/go.mod,%,$(wildcard go-shim/go.mod go-shim/*/go.mod examples/go/go.mod))

# For instance -race, which needs a C compiler.
GO_TEST_FLAGS ?=

##@ To begin with

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z][a-z0-9-]*:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: ## Pass one item through programs in four languages
	@examples/run.sh

.PHONY: test
test: test-rust test-ts test-py test-go contract ## All tests of all languages, then the contract tests

.PHONY: check
check: fmt-check lint deny schemas-check docs-patterns-check ## Everything that can be checked without running a test

.PHONY: setup
setup: ## Install what the build needs into .tools/ (idempotent)
	@scripts/setup

##@ Build

.PHONY: build
build: build-rust build-ts build-py build-go ## Build everything

.PHONY: build-rust
build-rust: wasm ## The command line, the Rust library with its examples, the contract runner
	@cargo build $(SELECT)

.PHONY: build-ts
build-ts: wasm npm-install ## The npm package
	@cd ts-shim && $(NPM) run build

.PHONY: build-py
build-py: wasm $(VENV)/.tabletheory ## The Python package, installed in place in .tools/venv
	@$(VENV)/bin/python py-shim/tools/sync_wasm.py >/dev/null

.PHONY: build-go
build-go: wasm ## The Go modules
	@for module in $(GO_MODULES); do (cd $$module && go build -o /dev/null ./...); done

.PHONY: wasm
wasm: ## The component, unless the one in the repository is current
	@$(XTASK) wasm

.PHONY: wasm-verify
wasm-verify: ## Build the component anew and compare it with the one in the repository
	@$(XTASK) wasm --verify

.PHONY: digests
digests: ## Print the digest of the component in every package; fail unless equal
	@$(XTASK) digests

.PHONY: schemas
schemas: ## Write wit/*.schema.json from the Rust types
	@cargo run --quiet --package xtask --features core -- schemas

.PHONY: docs
docs: ## The Rust documentation, into target/doc
	@RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps

.PHONY: docs-patterns
docs-patterns: ## Write the code and the requests of docs/patterns from examples/*/patterns and the core
	@cargo run --quiet --package xtask --features core -- patterns

##@ Measure

.PHONY: bench
bench: build-ts build-py ## Measure beside what users would pick: tables, and bench/results/latest.json. Under 3 minutes: QUICK=1. Hours: LONG=1. Some languages: ONLY="node go"
	@$(VENV)/bin/python bench/run.py $(if $(QUICK),--quick) $(if $(LONG),--long) $(if $(ONLY),--only $(ONLY))

.PHONY: bench-check
bench-check: ## Fail when the newest figures miss a goal of bench/goals.json. Other figures: RESULTS=file
	@$(VENV)/bin/python bench/check.py $(RESULTS)

.PHONY: bench-publish
bench-publish: ## Write the figures of bench/results/latest.json into README.md and docs/performance.md
	@$(VENV)/bin/python bench/publish.py

.PHONY: bench-core
bench-core: ## Time the core by itself, per operation
	@cargo run --quiet --release --package bench

##@ Test

.PHONY: test-rust
test-rust: build-rust ## The core, the Rust library, the component host, the command line, the tools
	@cargo test --workspace --quiet

.PHONY: test-ts
test-ts: build-rust build-ts ## The npm package
	@cd ts-shim && $(NPM) test

.PHONY: test-py
test-py: build-rust build-py ## The Python package
	@cd py-shim && $(VENV)/bin/python -m pytest

.PHONY: test-go
test-go: build-rust build-go ## The Go modules
	@for module in $(GO_MODULES); do (cd $$module && go test $(GO_TEST_FLAGS) ./...); done

.PHONY: instructions
instructions: wasm ## Count the component's instructions per operation; fail when they are not those of bench/instructions.json (±2 %)
	@cargo test --workspace --quiet --test instructions

.PHONY: instructions-record
instructions-record: wasm ## Count them anew and write bench/instructions.json
	@TABLETHEORY_RECORD_INSTRUCTIONS=1 cargo test --workspace --quiet --test instructions
	@git --no-pager diff --stat -- bench/instructions.json

.PHONY: dms
dms: build-rust ## All schema documents: the valid ones pass, the invalid ones give the expected problems
	@found=$$($(TABLETHEORY_LOCAL) check dms/examples/valid examples/notes.dms.yml contract-tests/dms) || { printf '%s\n' "$$found"; exit 1; }; printf '%s\n' "$${found##*$$'\n'}"
	@cargo test --workspace --quiet --test 'dms_*'

.PHONY: contract
contract: build setup-dynamodb ## Contract tests: five hosts on two engines and a hostile server. Own folders: CONTRACT_SCENARIOS=dir CONTRACT_DMS=dir
	@contract-tests/run.sh

.PHONY: parity
parity: ## Write docs/parity.md from the results of the last `make contract`
	@target/debug/contract-tests parity

##@ Check

.PHONY: fmt
fmt: setup-python npm-install ## Format everything
	@cargo fmt --all
	@cd ts-shim && $(NPM) run format
	@cd py-shim && $(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .
	@gofmt -w $(GO_MODULES)

.PHONY: fmt-check
fmt-check: setup-python ## Fail where formatting differs
	@cargo fmt --all --check
	@cd py-shim && $(VENV)/bin/ruff format --check .
	@files=$$(gofmt -l $(GO_MODULES)) && { [ -z "$$files" ] || { printf 'not formatted:\n%s\n' "$$files"; exit 1; }; }

.PHONY: lint
lint: lint-rust lint-ts lint-py lint-go ## All linters and type checkers

.PHONY: lint-rust
lint-rust: wasm ## clippy
	@cargo clippy --workspace --all-targets --quiet -- -D warnings

.PHONY: lint-ts
lint-ts: build-ts ## TypeScript, biome
	@cd ts-shim && $(NPM) run typecheck && $(NPM) run lint

.PHONY: lint-py
lint-py: build-py ## ruff, mypy
	@cd py-shim && $(VENV)/bin/ruff check . && $(VENV)/bin/mypy

.PHONY: lint-go
lint-go: wasm setup-go-tools ## go vet, staticcheck
	@for module in $(GO_MODULES); do (cd $$module && go vet ./... && staticcheck ./...); done

.PHONY: deny
deny: ## Licences and origins of all Rust dependencies (deny.toml); more, where cargo-deny is installed
	@$(XTASK) licenses
	@if command -v cargo-deny >/dev/null; then cargo deny --all-features check bans licenses sources; fi

.PHONY: schemas-check
schemas-check: ## Fail when wit/*.schema.json is stale
	@cargo run --quiet --package xtask --features core -- schemas --check

.PHONY: docs-patterns-check
docs-patterns-check: ## Fail when a page of docs/patterns is not what the programs and the core give
	@cargo run --quiet --package xtask --features core -- patterns --check

.PHONY: ci
ci: ## All that continuous integration does
	@.ci/run

.PHONY: clean
clean: ## Remove what was built; .tools stays
	@rm -rf target $(foreach folder,$(NPM_FOLDERS),$(folder)/dist $(folder)/node_modules) py-shim/dist

# Parts of scripts/setup.

.PHONY: npm-install setup-node setup-python setup-dynamodb setup-go-tools
npm-install: $(INSTALLED)
setup-node:
	@scripts/setup node
setup-python:
	@scripts/setup python
setup-dynamodb:
	@scripts/setup dynamodb-local
setup-go-tools:
	@scripts/setup go-tools

# In place: the sources are used as they are, so only a change of what is declared asks for a new installation.
$(VENV)/.tabletheory: py-shim/pyproject.toml py-shim/requirements-dev.txt | wasm setup-python
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable py-shim
	@touch $@

%/node_modules/.package-lock.json: %/package-lock.json | setup-node
	@cd $* && $(NPM) ci && touch node_modules/.package-lock.json
