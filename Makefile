# The same targets for a person and for CI.  `make run` is the main job, `make test` proves the tree.
VENV   ?= .venv
BIN    := $(VENV)/bin
# The first Python of a supported version; `make PYTHON=... run` names another.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
            command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
            && { echo $$p; break; }; done)
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
EXPERIMENT ?= experiments/default.toml

.PHONY: run test check lint types walls tests coverage bench docs clean
.DEFAULT_GOAL := help

help:
	@echo "make run    install, fetch the default data, train $(EXPERIMENT), log to MLflow, write a bundle"
	@echo "make test   lint, types, walls and all tests (what CI runs)"
	@echo "make coverage  all tests again, every line traced (at least 98 %)"
	@echo "make check  lint, types and walls only"
	@echo "make bench  reproduce experiments/benchmarks: frozen folds, an unseen screen, learning curve, ablation, certainty, ideas, validation, speed of the features"
	@echo "make docs   build the documentation, strictly"

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "no Python 3.11, 3.12 or 3.13 found; install one, or name it: make PYTHON=/path/to/python3 run" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	$(PIP) --editable '.[dev]'
	@touch $@

$(VENV)/.docs: $(VENV)/.base
	$(PIP) --editable '.[docs]'
	@touch $@

run: $(VENV)/.base
	$(BIN)/mtorc1 data fetch gdsc
	$(BIN)/mtorc1 train $(EXPERIMENT)
	$(BIN)/mtorc1 promote

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

walls: $(VENV)/.dev
	$(BIN)/lint-imports

check: lint types walls

# Tracing every line costs a third of the time: the gate of 98 % is a target of its own.
tests: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --dist loadfile

coverage: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --dist loadfile --cov --cov-report=term

test: check tests

bench: $(VENV)/.dev
	$(BIN)/python experiments/benchmarks/leave_cell_line_out/run.py
	$(BIN)/python experiments/benchmarks/unseen_screen/run.py
	$(BIN)/python experiments/benchmarks/learning_curve/run.py
	$(BIN)/python experiments/benchmarks/ablation/run.py
	$(BIN)/python experiments/benchmarks/certainty/run.py
	$(BIN)/python experiments/benchmarks/ideas/run.py
	$(BIN)/python experiments/benchmarks/validation/run.py
	$(BIN)/python experiments/benchmarks/features/run.py
	$(BIN)/python experiments/benchmarks/harmonisation/run.py
	$(BIN)/python experiments/benchmarks/checkmate025/run.py

docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .coverage*
