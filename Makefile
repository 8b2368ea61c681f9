# Every target does its own set-up (scripts/setup), so that `make demo` and `make test` work on a fresh clone.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

ROOT := $(CURDIR)
export PATH := $(ROOT)/.tools/bin:$(ROOT)/.tools/venv/bin:$(PATH)
# The tests of every language start the local stand-in by this name.
export TABLETHEORY_LOCAL := $(ROOT)/target/debug/tabletheory

XTASK := cargo run --quiet --package xtask --

##@ The two commands to begin with
