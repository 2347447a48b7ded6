# Everything one does with this repository, on a machine that has only Python. Try: make help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# What a reader may set: make edition SOURCES=~/raw ; make test ARGS="-k catchments" ; make fuzz MINUTES=60
PYTHON ?= python3
SOURCES ?= ../shared/sources
OUT ?= maps/milano
ARGS ?=
MINUTES ?= 10

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt

.PHONY: help
help: ## Say what each target does
	@echo "quartieri15: who can reach the Case di Quartiere of Milano, and what would change that."
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "The first run of a target makes its own environment in $(VENV): a few minutes, once."

.PHONY: milano
milano: $(VENV)/.library ## Analyse Milano and write its pages, tables and reports to maps/milano
	$(BIN)/quartieri15 site milano --out $(OUT)

.PHONY: test
test: $(VENV)/.test ## Run the whole suite: tests, the examples of the docstrings, the notebooks
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile \
		--no-loadscope-reorder $(ARGS)

.PHONY: fuzz
fuzz: $(VENV)/.test ## Kill writers 200 times, then try random examples for MINUTES, until a law is broken
	$(BIN)/python -m tests.hardness.kill_writers 200
	@for (( round = 1; SECONDS < 60 * $(MINUTES); round++ )); do \
		echo "Round $$round, $$(( SECONDS / 60 )) of $(MINUTES) minutes"; \
		$(BIN)/python -m pytest -m hypothesis --hypothesis-profile fuzz \
			--numprocesses auto --maxprocesses 4 --dist load tests $(ARGS); \
	done

.PHONY: coverage
coverage: $(VENV)/.test ## Run the whole suite and fail if it leaves out more than a tenth of the branches
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile \
		--no-loadscope-reorder --junitxml=build/coverage/tests.xml \
		--cov --cov-context=test --cov-report=term --cov-fail-under=90 $(ARGS)

.PHONY: lint
lint: $(VENV)/.test ## Check style, types and the one-way rule between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: docs
docs: $(VENV)/.docs ## Build the documentation site into build/docs
	$(BIN)/python -m sphinx --builder html --fail-on-warning --keep-going --quiet docs build/docs
	@echo "Open build/docs/index.html"

.PHONY: links
links: $(VENV)/.docs ## Ask the network whether every link of the documentation still leads somewhere
	$(BIN)/python -m sphinx --builder linkcheck --define plot_gallery=0 --quiet docs build/links

.PHONY: edition
edition: $(VENV)/.library ## Rebuild data/milano from the raw files in SOURCES, and data/centro-2019
	$(BIN)/quartieri15 build milano --sources $(SOURCES) --out data/milano
	$(BIN)/quartieri15 build data/centro-2019/project --out data/centro-2019

.PHONY: benchmark
benchmark: $(VENV)/.benchmarks ## Time the library beside its peers, in one run
	$(BIN)/python benchmarks/reach.py $(ARGS)

.PHONY: clean
clean: ## Remove the environment, the caches and what was written to maps/ (never data/)
	rm -rf $(VENV) build dist maps/*/ docs/reference docs/plots
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find quartieri15 tests -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp per set of packages, so that a second run is instant and a changed pyproject.toml or
# constraints.txt installs again.
$(VENV)/.library: $(VENV)/.python pyproject.toml constraints.txt
	@echo "Installing quartieri15 into $(VENV)"
	@$(PIP) -e .
	@touch $@

$(VENV)/.test: $(VENV)/.python pyproject.toml constraints.txt
	@echo "Installing quartieri15 and what its tests need into $(VENV)"
	@$(PIP) -e '.[test]'
	@touch $@ $(VENV)/.library

$(VENV)/.docs: $(VENV)/.python pyproject.toml constraints.txt
	@echo "Installing quartieri15 and what its documentation needs into $(VENV)"
	@$(PIP) -e '.[docs]'
	@touch $@

$(VENV)/.benchmarks: $(VENV)/.python pyproject.toml constraints.txt
	@echo "Installing quartieri15 and its peers into $(VENV)"
	@$(PIP) -e '.[benchmarks]'
	@touch $@

$(VENV)/.python:
	@PYTHON=$(PYTHON) .ci/environment $(VENV)
	@touch $@
