# Everything a newcomer, a developer and CI need; `make` alone prints the list.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet install
ARGS ?=
# How many processes run the tests; each starts the servers that its tests ask for.
WORKERS ?= 2
# In CI the lines that the tests reach are counted too; the floor stands in pyproject.toml and only rises.
COVER := $(if $(CI),--cov --cov-report=term:skip-covered)
LOCK := --allow-unsafe --generate-hashes --no-emit-find-links --no-emit-index-url --no-emit-options --no-emit-trusted-host --strip-extras --quiet

.PHONY: help install demo run check fmt test test-fast bench screenshots lock docs net image clean

help:  ## Print this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The environment -----------------------------------------------------------------------------------------------

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Rightsdesk needs Python 3.11 or newer; '$(PYTHON)' is older or missing. Name another one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo "Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Making $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

# The stamps make a second call instant; a changed pin makes them old.
$(VENV)/.runtime: requirements.txt | $(PY)
	@echo "Installing what the desk runs with (locked, hashes checked) …"
	@$(PIP) --require-hashes -r requirements.txt
	@# The project itself: its folder on the path, and the command. No build step, nothing to fetch.
	@pwd > "$$($(PY) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/rightsdesk.pth"
	@printf '#!/bin/sh\nexec "%s/python" -P -m app "$$@"\n' "$$(cd $(BIN) && pwd)" > $(BIN)/rightsdesk
	@chmod +x $(BIN)/rightsdesk
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@echo "Installing the tools of developers (locked, hashes checked) …"
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

install: $(VENV)/.dev  ## Make .venv with the rightsdesk command and the tools of developers
	@echo "Ready: $(BIN)/rightsdesk --help"

# The desk --------------------------------------------------------------------------------------------------------

demo: $(VENV)/.runtime  ## The whole desk on this machine, no accounts needed (ARGS="--script", ARGS=--fresh)
	@$(BIN)/rightsdesk demo $(ARGS)

run: $(VENV)/.runtime  ## The service, with the settings of desk.toml and the environment
	@exec $(BIN)/rightsdesk run $(ARGS)

# Quality -----------------------------------------------------------------------------------------------------------

check: $(VENV)/.dev  ## Lint, format, types, imports, migrations, rules, documents: what CI checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PY) -m models.store.migrating check
	$(BIN)/rightsdesk rules check
	$(PY) -m app.documents check

fmt: $(VENV)/.dev  ## Format and fix what can be fixed; write the generated part of README
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .
	$(PY) -m app.documents write

test: $(VENV)/.dev  ## All tests, on SQLite and PostgreSQL, with a real Dovecot and MTA (ARGS="-k name")
	tests/servers/install.sh
	$(PY) -m pytest --numprocesses=$(WORKERS) --dist=loadfile $(COVER) $(ARGS)

test-fast: $(VENV)/.dev  ## The tests that start no server and kill no process
	$(PY) -m pytest -m "not slow" $(ARGS)

bench: $(VENV)/.dev  ## What the desk costs beside its goals, kept in docs/bench.md (ARGS="--small", ARGS="--only updates")
	tests/servers/install.sh
	$(PY) -m tests.bench --keep docs/bench.md $(ARGS)

screenshots: $(VENV)/.dev  ## Take the pictures of the README from the demo in a real browser
	tests/servers/install.sh
	$(PY) -m tests.demo.screenshots

lock: $(VENV)/.dev  ## Write the pins anew after pyproject.toml or requirements-dev.in changed (ARGS=--upgrade)
	$(BIN)/pip-compile $(LOCK) $(ARGS) --output-file=requirements.txt pyproject.toml
	$(BIN)/pip-compile $(LOCK) $(ARGS) --output-file=requirements-dev.txt requirements-dev.in

net: $(VENV)/.dev  ## Train the net of the second opinion anew, some minutes (desk/recognising/training/README.md)
	OPENBLAS_NUM_THREADS=1 $(PY) -m desk.recognising.training tests/data/mail/demands.toml tests/data/mail/unseen.toml tests/data/mail/variants.toml tests/data/mail/hands.toml $(ARGS)

image:  ## Build the container image
	docker build --tag rightsdesk .

clean:  ## Remove what can be made again (not var/, where data is)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
