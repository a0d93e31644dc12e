# `make demo` and `make test` need Python 3.11 or newer and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The index that serves the wanted build of torch, when the configured one does not:
#   make demo TORCH_INDEX=<the address pytorch.org shows for your CUDA version, or for cpu>
TORCH_INDEX ?=
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: setup demo test test-faults check bench lock clean

setup: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "nas needs Python 3.11 or newer; this is " + sys.version.split()[0] + "; use: make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) $$(grep '^torch==' requirements.lock)
	$(PIP) install --quiet -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	touch $@

# A whole search on real pictures, the hand-over, and an honest comparison; everything lands in demo/.
DEMO_DB := --db sqlite:///demo/nas.db
demo: setup
	rm -rf demo && mkdir demo
	$(BIN)/nas search --dataset digits --name demo --trials 16 --workers 2 --epochs 5 $(DEMO_DB) \
	    --set space.settings.blocks=3 --set space.settings.cells_per_stage=1 --set space.settings.filters=8
	$(BIN)/nas export-best demo -o demo/best $(DEMO_DB)
	$(BIN)/nas compare demo $(DEMO_DB)
	@echo; echo "The command is $(BIN)/nas; after \`. $(BIN)/activate\` it is nas."

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check
	$(BIN)/python -m pytest -n auto --dist loadfile --cov --cov-report=term:skip-covered

# What kills, stops and starves real processes for minutes; `make test` has the rest of the fault matrix.
test-faults: setup
	$(BIN)/python -m pytest -m faults -n auto --dist loadfile

# The exact versions that were tried together. torch is named without a build: the index decides between CPU and CUDA.
lock:
	rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet torch==2.13.0
	$(PIP) install --quiet 'setuptools>=77' '.[test]'
	$(PIP) freeze --all --exclude nas --exclude pip | sed 's/^torch==2.13.0+.*/torch==2.13.0/' > requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build demo
