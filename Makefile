# Everything that a person or CI does here. `make` alone lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install demo test unit lint format fuzz bench clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/installed: requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Postroom needs Python 3.11 or newer; set PYTHON=python3.11." if sys.version_info < (3, 11) else 0)'
	@echo "Making $(VENV) with the pinned dependencies, a minute or two …" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . >&2
	@touch $@

install: $(VENV)/installed ## Make .venv with the pinned dependencies and the command postroom

demo: install ## Show the whole job in this terminal, without any server (ARGS="--once" to end after the story)
	@$(BIN)/postroom demo $(ARGS)

lint: install ## Check style, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install ## Put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

unit: install ## Run the tests that need no server
	$(BIN)/python -m pytest -n auto tests/unit tests/architecture $(ARGS)

test: lint ## Check everything and run all tests on real servers, which it starts itself
	@$(BIN)/python -m deploy.services install || true
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

fuzz: install ## Try properties on many values, then read broken mails for minutes, keeping those that find a fault (ARGS="--seconds 300", "--cli")
	POSTROOM_TEST_THOROUGH=1 $(BIN)/python -m pytest -q -n auto -m hypothesis tests/unit
	$(BIN)/python -m tests.fuzz $(ARGS)

bench: install ## Measure reading mail beside other libraries, then mails per second through real servers
	$(BIN)/python benchmarks/parse_speed.py
	$(BIN)/python -m benchmarks $(ARGS)

clean: ## Remove what was made here: environment, servers' data, caches
	-$(BIN)/python -m deploy.services down
	rm -rf $(VENV) .services .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis var dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
