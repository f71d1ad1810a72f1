# The commands. A fresh machine with Python 3.11 or newer needs two: make demo and make test.
PYTHON ?= python3
VENV ?= .venv
CONSTRAINTS ?= binder/constraints.txt
BIN := $(VENV)/bin
FRONTEND := src/frontend
BUNDLE := src/nbthreat/workbench/widgets/static/widget.js
SOURCES := $(shell find $(FRONTEND)/src -type f) $(FRONTEND)/package.json $(FRONTEND)/package-lock.json $(FRONTEND)/build.mjs
PYTEST = $(BIN)/python -m pytest -n 2 --dist loadfile
DOCTESTS = $(BIN)/python -m pytest --doctest-modules --doctest-glob='*.md' src/nbthreat README.md CONTRIBUTING.md docs
CORE := base system threats decisions publishing

# What is installed is what was tested. Older pips ask the first of these for what a build needs too, newer ones the second.
PIP = PIP_CONSTRAINT=$(abspath $(CONSTRAINTS)) PIP_BUILD_CONSTRAINT=$(abspath $(CONSTRAINTS)) $(BIN)/python -m pip --quiet

.PHONY: demo workbench test test-core test-browser test-newest test-lowest suite lint upgrade bench bench-browser evaluate picture clean

demo: $(VENV)/.made
	@$(BIN)/nbthreat demo

workbench: $(VENV)/.made $(BUNDLE)
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks/01-workbench.ipynb

test: lint suite

suite: $(VENV)/.dev $(BUNDLE)
	$(BIN)/python hatch_build.py test
	$(PYTEST) -m "not browser_all"
	$(DOCTESTS)

test-core: $(VENV)/.dev  # a minute: everything below the workbench that asks for no browser, no LibreOffice and no kernel
	$(PYTEST) -m "not outside" $(CORE:%=tests/%)

test-browser: $(VENV)/.dev $(BUNDLE)  # all of them, or with SET=browser_all those that `make test` leaves out
	$(PYTEST) -m "$(SET)" tests/browser

test-newest:  # what somebody gets who installs without our constraints
	rm -rf .venv-newest
	$(MAKE) suite VENV=.venv-newest CONSTRAINTS=build/newest.txt

test-lowest:  # the oldest releases that pyproject.toml allows
	rm -rf .venv-lowest
	$(MAKE) suite VENV=.venv-lowest CONSTRAINTS=build/lowest.txt

lint: $(VENV)/.dev $(BUNDLE)
	$(BIN)/ruff check src tests notebooks hatch_build.py
	$(BIN)/ruff format --check src tests notebooks hatch_build.py
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tests/lint.py
	$(BIN)/python -m nbthreat.workbench.protocol --check $(FRONTEND)/src/shell/protocol.ts
	$(BIN)/python hatch_build.py lint
	$(BIN)/python hatch_build.py check

upgrade:  # with the oldest Python we support: what has a release for it has one for the others
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "make upgrade PYTHON=python3.11")'
	rm -rf .venv-newest
	$(MAKE) .venv-newest/.bench VENV=.venv-newest CONSTRAINTS=build/newest.txt
	sed '/^[^#]/d' $(CONSTRAINTS) >build/constraints.txt
	.venv-newest/bin/python -m pip freeze --exclude-editable | LC_ALL=C sort -f >>build/constraints.txt
	mv build/constraints.txt $(CONSTRAINTS)
	$(MAKE) test

bench: $(VENV)/.bench
	$(BIN)/python tests/bench/bench.py

bench-browser: $(VENV)/.dev $(BUNDLE)
	$(BIN)/python tests/browser/bench_browser.py

picture: $(VENV)/.dev $(BUNDLE)  # docs/workbench.png, for the README
	$(BIN)/python tests/browser/picture.py

evaluate: $(VENV)/.dev
	$(BIN)/python tests/evaluate/evaluate.py

$(VENV)/.made: pyproject.toml hatch_build.py $(CONSTRAINTS)
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.made
	$(PIP) install --editable '.[dev]'
	@touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(PIP) install --editable '.[dev,bench]'
	@touch $@

build/newest.txt:
	@mkdir -p build && : >$@

build/lowest.txt: pyproject.toml tests/lowest.py
	@mkdir -p build && $(PYTHON) tests/lowest.py >$@

$(BUNDLE): $(VENV)/.made $(SOURCES)
	$(PIP) install --no-deps --editable .
	@touch $@

clean:
	rm -rf $(VENV) .venv-newest .venv-lowest build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis $(FRONTEND)/node_modules src/nbthreat/workbench/widgets/static
