# Everything runs inside .venv, which is made from the lock files; the index is asked for nothing else.

PYTHON ?= python3
BIN := .venv/bin
STAMPS := .venv/stamps
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
DEMO_OUT ?= out/demo
# Two files of tests at a time; `make test WORKERS=` runs one after the other.
WORKERS ?= -n 2 --dist loadfile
BENCH_OUT ?= out/bench

.DEFAULT_GOAL := help
.PHONY: help demo test test-full check format lint types layers bench score-roles perf review-load chat-speed train record lock setup setup-dev debian clean

help:  ## Say what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

demo: setup  ## Screen the demo batch; the last lines are the table and the path of shortlist.html
	@$(BIN)/shortlist demo --out $(DEMO_OUT)

test: setup-dev  ## Run the tests that need nothing but Python
	$(BIN)/python -m pytest $(WORKERS) -m "not slow"

test-full: setup-dev debian  ## Run all tests, with Chromium, LibreOffice and PostgreSQL from Debian's packages
	$(BIN)/python -m pytest $(WORKERS)

check: setup-dev lint types layers  ## Check format, lint, types and import layers

lint: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup-dev
	$(BIN)/mypy

layers: setup-dev
	$(BIN)/lint-imports

format: setup-dev  ## Format the code and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup  ## Measure the judge on all benchmark sets; the last line is the path of bench.html
	$(BIN)/shortlist bench --out $(BENCH_OUT)

score-roles: setup-dev  ## Measure the evidence judge on the benchmark roles
	$(BIN)/python -m flows.score_roles

perf: setup-dev  ## Measure wall time and memory for 1,000 and 10,000 candidates, and 1,000 with take-homes
	$(BIN)/python -m flows.measure_performance --candidates 1000 10000
	$(BIN)/python -m flows.measure_performance --candidates 1000 --takehomes

review-load: setup-dev  ## Measure page loads of 200 reviewers while 1,000 candidates are screened
	$(BIN)/python -m tests.measure_review_load

chat-speed: setup-dev  ## Measure the chat judge's speed and losses against a mock endpoint
	$(BIN)/python -m tests.measure_chat_judge --requests 20000
	$(BIN)/python -m tests.measure_chat_judge --requests 20000 --failing 0.05

train: setup-dev  ## Train the evidence judge again from datasets/calibration
	$(BIN)/python -m evaluators.training.train --seed 7

record: $(STAMPS)/model  ## Record a real model's answers again for tests/real_model (fetches 130 MB once)
	$(BIN)/python -m tests.real_model.server $(BIN)/python -m pytest tests/real_model --record-mode=rewrite

lock: setup-dev  ## Resolve the lock files again (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra build -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra build --extra dev -c requirements.lock -o requirements-dev.lock

setup: $(STAMPS)/run
setup-dev: $(STAMPS)/dev

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "shortlist needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Run: make PYTHON=python3.11 ...")'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "This Python cannot make virtual environments. On Debian: apt-get install python3-venv"; exit 2; }
	$(PYTHON) -m venv .venv
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: requirements.lock pyproject.toml | $(STAMPS)/venv
	@echo "Installing what shortlist runs on (a minute or two, once) ..."
	@$(PIP) --no-deps --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(STAMPS)/dev: requirements-dev.lock $(STAMPS)/run
	@echo "Installing what the tests need ..."
	@$(PIP) --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

$(STAMPS)/model: tests/real_model/requirements-server.txt $(STAMPS)/dev
	@echo "Installing the server of the real model ..."
	@$(PIP) --no-deps --require-hashes -r tests/real_model/requirements-server.txt
	@touch $@

debian:
	@if command -v chromium >/dev/null && command -v soffice >/dev/null && ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then :; else \
		echo "Installing Chromium, LibreOffice and PostgreSQL from Debian's packages ..."; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium libreoffice-writer-nogui poppler-utils postgresql; fi

clean:
	rm -rf .venv out build dist
