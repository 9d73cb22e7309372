# `make demo` and `make test` need python3 >= 3.11 with venv, and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo test test-integration test-slow check bench docs clean

demo: $(VENV)/.train
	@$(BIN)/openloop run examples/addition/recipe.yaml --dir runs/addition
	@echo "the recipe: examples/addition/recipe.yaml   the same loop without openloop: examples/minimal_loop.py"

# Everything but what is marked integration or slow.
test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2

# Kills, servers, trainers, other processes; and the tools whose logs are read, each installed once into .tools.
test-integration: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 -m "integration and not slow"

test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow -s

BENCHMARKS := startup filters demo loop_overhead committed_requests plan audit decisions endpoint endpoint_memory flip_rate signals texts embedding theory training grpo

bench: $(VENV)/.dev
	for name in $(BENCHMARKS); do echo "== $$name"; $(BIN)/python benchmarks/$$name.py || exit 1; done

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_architecture.py
	$(BIN)/python docs/write_cli.py --check

docs: $(VENV)/.dev
	$(BIN)/python docs/write_cli.py

$(VENV)/.base: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "openloop needs Python 3.11 or newer"'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.train: $(VENV)/.base
	@echo "installing openloop and torch into $(VENV) (once)"
	@$(PIP) -e '.[train]'
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	@echo "installing openloop, torch and the development tools into $(VENV) (once)"
	@$(PIP) -e '.[train,dev]'
	@touch $@ $(VENV)/.train

clean:
	rm -rf $(VENV) .tools runs
