# Everything starts here: `make help`. Needs GNU make and Python 3.11 or newer, nothing else.
#
# Each target that runs something of ours depends on the stamp `.venv/.installed`, so the first command of a fresh
# checkout installs, and a changed lock installs again.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
UV := uv==0.13.9
# Tests are checked less strictly, with a cache of their own: other options would empty the first one's.
TEST_TYPES := --cache-dir .mypy_cache/tests --allow-untyped-defs --allow-incomplete-defs --allow-untyped-calls \
	--allow-untyped-decorators --allow-any-generics --no-warn-return-any --no-warn-unused-ignores
PACKAGES := almoner almoner_graphql almoner_workers almoner_migrations almoner_policies

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo test broker-test mutants check format-check lint types imports lock clean

help: ## show this list
	@echo "Almoner: make TARGET [ARGS='…'] [PYTHON=python3.12]"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

install: $(STAMP) ## make .venv and install from requirements.lock (the others do it too)

demo: $(STAMP) ## run the whole system on sample data; Ctrl-C ends it (ARGS are those of `almoner demo`)
	@exec $(BIN)/almoner demo $(ARGS)

# Each process has a PostgreSQL of its own; one that is lent to the run is not shared, for workers take anybody's jobs.
# In the order of their names: pytest-xdist would leave files with one long test for the end, and a process without work.
SPREAD := -n $(if $(ALMONER_TEST_DATABASE_URL),0,auto) --dist loadfile --no-loadscope-reorder
# A later -m replaces an earlier one, so ARGS can ask for the tests that are left out here.
test: $(STAMP) ## run the tests, except those that need brokers, Node.js or wrk or measure (ARGS are pytest's)
	@exec $(BIN)/pytest $(SPREAD) -m "not broker and not node and not wrk and not bench" $(ARGS)

broker-test: $(STAMP) ## run the tests on real RabbitMQ and Redis servers, which must be installed
	@exec $(BIN)/pytest -m broker $(ARGS)

mutants: $(STAMP) ## take every check away in turn, in a copy, and see that a test notices (ARGS="--only NAME")
	@exec $(BIN)/python -m tests.mutants $(ARGS)

check: format-check lint types imports ## check format, lint, types and the import contract
	@echo "All checks passed."

format-check: $(STAMP)
	@$(BIN)/ruff format --check --quiet . || { echo "Run: $(BIN)/ruff format"; exit 1; }

lint: $(STAMP)
	@$(BIN)/ruff check --quiet .

types: $(STAMP)
	@$(BIN)/mypy --no-error-summary $(PACKAGES:%=-p %)
	@$(BIN)/mypy --no-error-summary $(TEST_TYPES) tests

imports: $(STAMP)
	@out=$$($(BIN)/lint-imports --no-cache 2>&1) || { echo "$$out"; exit 1; }

# The stamp is written last: an interrupted installation is done again. pip alone, because every Python has it.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    echo "Almoner needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>/dev/null || echo missing)." \
	         "Name another one: make PYTHON=python3.12 …"; exit 1; }
	@echo "Installing into $(VENV) (about a minute, once) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
	    echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv"; \
	    rm -rf $(VENV); exit 1; }
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# One lock with three sections, in this order: what runs, what builds, what develops. The Dockerfile cuts at the
# headings. Each section is the part of one common resolution, so no version can differ between them.
# `editables` is what hatchling asks for when it installs with -e.
# The lock's own tool lives in a throw-away environment: it is nobody's dependency.
UPGRADE ?=
RESOLVE = "$$tmp/venv/bin/uv" --no-config pip compile --quiet --universal --python-version 3.11 \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
lock: ## resolve requirements.lock again, keeping versions (UPGRADE=--upgrade takes the newest)
	@set -e; tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; \
	$(PYTHON) -m venv "$$tmp/venv"; \
	"$$tmp/venv/bin/python" -m pip install -qq --disable-pip-version-check "$(UV)"; \
	sed -n 's/^requires = \["\(.*\)"\]$$/\1/p' pyproject.toml > "$$tmp/build.in"; \
	test -s "$$tmp/build.in"; \
	echo editables >> "$$tmp/build.in"; \
	cp requirements.lock "$$tmp/all.txt" 2>/dev/null || true; \
	$(RESOLVE) $(UPGRADE) --generate-hashes --extra dev pyproject.toml "$$tmp/build.in" -o "$$tmp/all.txt"; \
	$(RESOLVE) -c "$$tmp/all.txt" pyproject.toml -o "$$tmp/runs.txt"; \
	$(RESOLVE) -c "$$tmp/all.txt" "$$tmp/build.in" -o "$$tmp/builds.txt"; \
	awk -F '==' ' \
	    FNR == 1 { file++ } \
	    file < 3 && /^[a-z0-9]/ { if (!($$1 in part)) part[$$1] = file } \
	    file == 3 && /^[a-z0-9]/ { p = ($$1 in part) ? part[$$1] : 3 } \
	    file == 3 { text[p] = text[p] $$0 "\n" } \
	    END { printf "# --- runtime ---\n%s# --- build ---\n%s# --- development ---\n%s", text[1], text[2], text[3] } \
	' "$$tmp/runs.txt" "$$tmp/builds.txt" "$$tmp/all.txt" > "$$tmp/requirements.lock"; \
	cp "$$tmp/requirements.lock" requirements.lock; \
	echo "requirements.lock: $$(grep -c == requirements.lock) packages"

clean: ## remove .venv, caches and build results (never data)
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
