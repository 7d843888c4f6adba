# Words, never logic. `make` alone lists them.

# Of the builds of `python3` in PATH the quickest; `make PYTHON=...` names another.
ifeq ($(origin PYTHON), undefined)
PYTHON = $(eval PYTHON := $(shell python3 .ci/quickest_python.py 2>/dev/null || echo python3))$(PYTHON)
endif
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-input --progress-bar on --require-hashes
MANAGE := $(BIN)/python manage.py
# Tools that only look at the code start Django in a sandbox that leaves nothing behind.
ASIDE = folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && SANDBOX=1 ENV_FILE=/dev/null DATA_DIR=$$folder LOG_LEVEL=ERROR

ONLY ?=
comma := ,

.DEFAULT_GOAL := help
.PHONY: help run test test-postgres test-long bench bench-long conformance check format schema lock clean reset

help: ## List the words.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

run: $(VENV)/.runtime ## Start everything in a sandbox: the service, the worker, the simulator. Ctrl-C ends it.
	@SANDBOX=1 exec $(MANAGE) serve

test: $(VENV)/.dev ## Run the tests. No network, no service; three to four minutes on two cores.
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not long"

test-postgres: $(VENV)/.dev ## Run the same tests on Postgres and a real broker: running ones, named ones, or its own.
	@$(BIN)/python -m tests.servers $(BIN)/python -m pytest -n 2 --dist worksteal -m "not long"

test-long: $(VENV)/.dev ## Run the long tests: crashes and restarts of the whole product, one after another.
	$(BIN)/python -m pytest -m long

bench: $(VENV)/.dev benchmarks/references/.venv/.done benchmarks/references/node_modules/.done ## Measure how fast it is, as ratios (ONLY=tokens,reads for some). Ten minutes on an idle machine.
	@$(ASIDE) $(BIN)/python -m benchmarks $(subst $(comma), ,$(ONLY))

bench-long: $(VENV)/.dev ## Measure what takes long: sending, imports of history, thousands of tokens.
	@$(ASIDE) $(BIN)/python -m benchmarks --long

conformance: $(VENV)/.runtime conformance/.venv/.done conformance/node_modules/.done ## Run programs of others against the simulator.
	@$(BIN)/python conformance/run.py

check: $(VENV)/.dev ## Look at the code: format, lint, types, unused dependencies, TypeScript against schema.yml.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@$(ASIDE) $(BIN)/mypy .
	$(BIN)/deptry .
	$(BIN)/python -m pytest -q tests/house
	@if command -v npm >/dev/null || [ -n "$$CI" ]; then tests/typescript/check.sh; \
	else echo "TypeScript was NOT checked: npm is missing (apt-get install npm)."; fi

format: $(VENV)/.dev ## Bring the code into its format, and mend what the linter can mend.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: $(VENV)/.dev ## Write schema.yml anew from the code.
	@$(ASIDE) $(MANAGE) spectacular --file schema.yml --validate --fail-on-warn && echo "schema.yml is written."

lock: ## Write requirements*.txt anew from pyproject.toml (needs uv). Review the difference before you commit it.
	@command -v uv >/dev/null || { echo "This needs uv, the package manager; everything else does without."; exit 1; }
	uv export --format requirements.txt --no-emit-project --no-dev -o requirements.txt
	uv export --format requirements.txt --no-emit-project -o requirements-dev.txt
	@rm -f uv.lock # It records where packages were fetched from; the hashes in requirements*.txt are the lock.

clean: ## Remove what tools left behind. The data of the sandbox and the environment stay.
	rm -rf conformance/.venv conformance/node_modules benchmarks/references/.venv benchmarks/references/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache staticfiles tests/typescript/node_modules
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

reset: ## Remove the data of the sandbox (DATA_DIR, else ./var), after asking.
	@printf 'Remove everything under %s? [y/N] ' "$${DATA_DIR:-./var}"; read answer; \
	if [ "$$answer" = y ]; then rm -rf "$${DATA_DIR:-./var}"; else echo "Nothing was removed."; fi

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo \
	"This needs Python 3.11 or newer. Name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) ($(PYTHON)) ..."
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); echo \
	"This Python cannot make environments. On Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/.runtime: requirements.txt | $(BIN)/python
	@echo "Installing what the product needs into $(VENV) (a minute or two, this time only) ..."
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(BIN)/python
	@echo "Installing what the product and its tests need into $(VENV) (a minute or two, this time only) ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime

conformance/.venv/.done: conformance/requirements.txt | $(BIN)/python
	@echo "Installing the programs in Python ..."
	@$(BIN)/python -m venv --clear conformance/.venv
	@conformance/.venv/bin/python -m pip install --disable-pip-version-check --no-input -q -r $<
	@touch $@

benchmarks/references/.venv/.done: benchmarks/references/requirements.txt | $(BIN)/python
	@echo "Installing the references in Python ..."
	@$(BIN)/python -m venv --clear benchmarks/references/.venv
	@benchmarks/references/.venv/bin/python -m pip install --disable-pip-version-check --no-input -q -r $<
	@touch $@

benchmarks/references/node_modules/.done: benchmarks/references/package-lock.json
	@command -v npm >/dev/null || { echo "The references in JavaScript need Node 20 and npm (apt-get install npm)."; exit 1; }
	@echo "Installing the references in JavaScript ..."
	@cd benchmarks/references && npm ci --ignore-scripts --no-progress --loglevel=error
	@touch $@

conformance/node_modules/.done: conformance/package-lock.json
	@command -v npm >/dev/null || { echo "The programs in JavaScript need Node 20 and npm (apt-get install npm)."; exit 1; }
	@echo "Installing the programs in JavaScript ..."
	@cd conformance && npm ci --ignore-scripts --no-progress --loglevel=error
	@touch $@
