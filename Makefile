# The commands of a developer, which are the commands of CI. `make help` lists them.

VENV = .venv
PYTHON =
PYTEST_ARGS =
BENCH_ARGS =

# Tried in this order; the first that is new enough makes the virtual environment.
PYTHONS = $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python3.10 python3.14 python)
BIN = $(VENV)/bin
PINNED = constraints/pinned.txt
# Compiling every module of every package takes longer than installing them, and most are never
# imported: so Python compiles what it needs when it first needs it.
PIP_INSTALL = $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-compile -c $(PINNED)
unexport PYTHONDONTWRITEBYTECODE
comma = ,
REQUIREMENTS = pyproject.toml setup.py $(PINNED)

# xgboost is missing on purpose: constraints/demo.in has the build for CPUs.
MORE_FRAMEWORKS = catboost,keras,transformers,skorch,ignite,tensorboard
DEMO_EXTRAS = lightning,lightgbm,sklearn,mlflow,plots
DEV_EXTRAS = $(DEMO_EXTRAS),$(MORE_FRAMEWORKS),redis,postgresql,mysql,pandas,cli

# The oldest versions that the extras of frameworks and trackers admit, pinned for one Python.
OLDEST_VENV = .venv-oldest
OLDEST_PYTHON = python3.11
OLDEST_PINNED = constraints/oldest.txt
OLDEST_EXTRAS = lightning,torch,xgboost,lightgbm,sklearn,$(MORE_FRAMEWORKS),mlflow,pandas
# But not those which scikit-learn has of its own, which are held to today's release of it, nor those
# of the oldest boosters in a search, whose estimators do not fit scikit-learn 1.6.
OLDEST_TESTS = tests/integrations tests/lockstep \
    --ignore=tests/integrations/sklearn/test_scikit_learns_own.py \
    --deselect=tests/integrations/sklearn/test_pruning.py::test_boosting_is_pruned_by_its_rounds

.PHONY: help
help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'

.PHONY: demo
demo: $(VENV)/.demo ## Run the quickstart; needs nothing but Python and make
	$(BIN)/python examples/quickstart.py

.PHONY: test
test: $(VENV)/.dev ## Run all tests; PYTEST_ARGS=... goes to pytest
	$(BIN)/python -m pytest $(PYTEST_ARGS)

.PHONY: test-oldest
test-oldest: $(OLDEST_VENV)/.installed ## Test the integrations with the oldest frameworks; not part of CI
	@# Old packages beside a new PyTorch have much to warn of.
	$(OLDEST_VENV)/bin/python -m pytest -W ignore $(OLDEST_TESTS) $(PYTEST_ARGS)
	@# On their own, as the oldest MLflow and Lightning together take away the standard error.
	$(OLDEST_VENV)/bin/python -m pytest -W ignore tests/callbacks $(PYTEST_ARGS)

.PHONY: check
check: $(VENV)/.dev ## Lint, formatting, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: $(VENV)/.dev ## Format the code and mend what the linter can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: bench
bench: $(VENV)/.bench ## Run the benchmarks; BENCH_ARGS=... goes to them
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

.PHONY: constraints
constraints: $(VENV)/.created ## Pin anew what is installed; UV_ARGS=--upgrade takes newer versions
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --no-annotate --no-header \
	    $(UV_ARGS) --all-extras pyproject.toml constraints/demo.in constraints/dev.in constraints/bench.in \
	    --output-file $(PINNED)
	@# What only the CUDA build of PyTorch needs: a build for CPUs must not drag it in.
	grep -vE '^(nvidia-|cuda-|triton)' $(PINNED) > $(PINNED).new
	printf '%s\n' '# Made by `make constraints`.' | cat - $(PINNED).new > $(PINNED)
	rm $(PINNED).new
	$(BIN)/uv pip compile --quiet --resolution lowest-direct --python-version 3.11 --no-annotate --no-header \
	    $(UV_ARGS) $(foreach extra,$(subst $(comma), ,$(OLDEST_EXTRAS)),--extra $(extra)) \
	    pyproject.toml constraints/oldest.in --output-file $(OLDEST_PINNED)
	grep -vE '^(nvidia-|cuda-|triton)' $(OLDEST_PINNED) > $(OLDEST_PINNED).new
	printf '%s\n' '# Made by `make constraints`, for Python 3.11.' | cat - $(OLDEST_PINNED).new > $(OLDEST_PINNED)
	rm $(OLDEST_PINNED).new

.PHONY: clean
clean: ## Remove the virtual environment and everything built or cached
	rm -rf $(VENV) $(OLDEST_VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	rm -rf .hypothesis .coverage htmlcov mlruns lightning_logs
	find core integrations callbacks tests examples benchmarks -name __pycache__ -exec rm -rf {} +

$(VENV)/.created:
	@for python in $(PYTHONS); do \
	    if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then \
	        echo "Making $(VENV) with $$("$$python" --version)"; \
	        "$$python" -m venv --clear $(VENV) && touch $@; \
	        exit; \
	    fi; \
	done; \
	echo "Tunesmith needs Python 3.10 or newer, and none of these is: $(PYTHONS)" >&2; \
	echo "Install one, or name it: make PYTHON=/path/to/python $(MAKECMDGOALS)" >&2; \
	exit 1

$(OLDEST_VENV)/.installed: pyproject.toml setup.py $(OLDEST_PINNED)
	@echo "Installing the oldest frameworks; this takes minutes the first time"
	$(OLDEST_PYTHON) -m venv --clear $(OLDEST_VENV)
	$(OLDEST_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile \
	    -r $(OLDEST_PINNED) -e ".[$(OLDEST_EXTRAS)]"
	@touch $@

$(VENV)/.demo: $(VENV)/.created constraints/demo.in $(REQUIREMENTS)
	@echo "Installing Tunesmith and what the demo needs; this takes minutes the first time"
	@$(PIP_INSTALL) pip
	$(PIP_INSTALL) -r constraints/demo.in -e ".[$(DEMO_EXTRAS)]"
	@touch $@

$(VENV)/.dev: $(VENV)/.created constraints/demo.in constraints/dev.in $(REQUIREMENTS)
	@echo "Installing Tunesmith and its tools; this takes minutes the first time"
	@$(PIP_INSTALL) pip
	$(PIP_INSTALL) -r constraints/demo.in -r constraints/dev.in -e ".[$(DEV_EXTRAS)]"
	@touch $@ $(VENV)/.demo

$(VENV)/.bench: $(VENV)/.dev constraints/bench.in
	$(PIP_INSTALL) -r constraints/bench.in
	@touch $@
