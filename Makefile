# The commands. A fresh machine with Python 3.11 or newer needs two: make demo and make test.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
FRONTEND := src/frontend
BUNDLE := src/nbthreat/workbench/widgets/static/widget.js
SOURCES := $(shell find $(FRONTEND)/src -type f) $(FRONTEND)/package.json $(FRONTEND)/package-lock.json $(FRONTEND)/build.mjs

.PHONY: demo workbench test test-browser lint bench bench-browser evaluate picture clean

demo: $(VENV)/.made
	@$(BIN)/nbthreat demo

workbench: $(VENV)/.made $(BUNDLE)
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks/01-workbench.ipynb

test: $(VENV)/.dev $(BUNDLE) lint
	$(BIN)/python hatch_build.py test
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not browser_all"

test-browser: $(VENV)/.dev $(BUNDLE)  # all of them, or with SET=browser_all those that `make test` leaves out
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "$(SET)" tests/browser

lint: $(VENV)/.dev $(BUNDLE)
	$(BIN)/ruff check src tests hatch_build.py
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python hatch_build.py lint
	$(BIN)/python hatch_build.py check

bench: $(VENV)/.bench
	$(BIN)/python tests/bench/bench.py

bench-browser: $(VENV)/.dev $(BUNDLE)
	$(BIN)/python tests/browser/bench_browser.py

picture: $(VENV)/.dev $(BUNDLE)  # docs/workbench.png, for the README
	$(BIN)/python tests/browser/picture.py

evaluate: $(VENV)/.dev
	$(BIN)/python tests/evaluate/evaluate.py

$(VENV)/.made: pyproject.toml hatch_build.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/.made
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

$(VENV)/.bench: pyproject.toml $(VENV)/.made
	$(BIN)/python -m pip install --quiet --editable '.[dev,bench]'
	@touch $@

$(BUNDLE): $(VENV)/.made $(SOURCES)
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis $(FRONTEND)/node_modules src/nbthreat/workbench/widgets/static
