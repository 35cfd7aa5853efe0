# Evenflow. `make` alone lists the targets. No target needs root, Node or a running service.

PYTHON ?= python3
BOARD ?= pico
RIG ?= emulated
PORT ?=
TESTS ?=
# In CI a test may be skipped only if tests/SKIPS.md lists it.
CI ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALLED := .venv/installed
PORTS := rp2 esp32 stm32
TYPINGS := $(PORTS:%=typings/%/installed)
MUTMUT := build/mutmut/installed
DOCS := build/docs-env/installed
LABGRID := build/labgrid-env/installed
CAMPAIGN := evenflow-runs/campaign

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test check coverage mutants bench sizes campaign hil docs gen flash lock .venv \
  check-format check-lint check-types-host check-types-firmware check-layers check-compile check-generated

help: ## This list
	@echo "Evenflow, an open infusion-pump controller. Bench and research use; not for use on people."
	@awk -F ':.*## ' '/^[a-z.]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: $(INSTALLED) ## The main job: a ketamine infusion on an emulated Pico, with record and summary
	@$(BIN)/evenflow run examples/orders/ketamine-70kg.toml --port emulated:pico --yes

test: $(INSTALLED) $(LABGRID) ## Every test that needs no hardware
	@CI=$(CI) $(BIN)/pytest -n auto --maxprocesses 8 --dist worksteal
	@$(MAKE) --no-print-directory hil RIG=emulated
	@$(MAKE) --no-print-directory hil RIG=emulated-dry

check: check-format check-lint check-types-host check-types-firmware check-layers check-compile check-generated ## Format, lint, types, layers, mpy-cross, generated text

coverage: $(INSTALLED) ## Branches of pumpcore that tests/core takes; fails below all of them
	@$(BIN)/pytest tests/core -q --no-header -n auto --maxprocesses 8 --dist worksteal --hypothesis-profile=few \
	  --ignore tests/core/test_exhaustive.py --cov --cov-branch --cov-report=term --cov-fail-under=100

mutants: $(MUTMUT) ## Mutants of pumpcore that no test kills: all, or MODULES="kernel wire/codec"
	@nice -n 10 $(BIN)/python tools/mutants.py $(MODULES)

bench: $(INSTALLED) ## The benchmarks, as a table; asserts nothing
	@PYTHONPATH=tests $(BIN)/python tests/bench/table.py

sizes: $(INSTALLED) ## docs/sizes.md: bytecode, heap and estimated tick of each board
	@PYTHONPATH=tests $(BIN)/python tests/bench/sizes.py

campaign: $(INSTALLED) ## Every single fault in emulated pumps; what is declared goes to docs/
	@$(BIN)/evenflow campaign --out $(CAMPAIGN)
	@cp $(CAMPAIGN)/single-faults.json $(CAMPAIGN)/single-faults.md docs/

hil: $(INSTALLED) $(if $(filter labgrid:%,$(RIG)),$(LABGRID)) ## Tests on a rig: RIG=emulated, emulated-dry, a rig file, labgrid:PLACE; TESTS="-k connect"
	@LABGRID_PYTHON="$${LABGRID_PYTHON:-$(if $(filter labgrid:%,$(RIG)),build/labgrid-env/bin/python)}" \
	  $(BIN)/pytest hil_tests --rig $(RIG) $(if $(filter emulated%,$(RIG)),-n auto --maxprocesses 8 --dist worksteal) $(TESTS)

docs: $(DOCS) ## docs/ as HTML in build/docs, hazards, requirements and tests linked
	@build/docs-env/bin/python -m sphinx --quiet --fail-on-warning --builder html docs build/docs
	@echo "build/docs/architecture.html"

gen: $(INSTALLED) ## Writes generated text again: tables in docs/, host records
	@for tool in $(GENERATORS); do $(BIN)/python $$tool || exit 1; done

flash: $(INSTALLED) ## Firmware onto a board: BOARD=pico, PORT=/dev/ttyACM0 or the one that is found
	@$(BIN)/evenflow flash --board $(BOARD) --port $(or $(PORT),auto)

.venv: $(INSTALLED) ## The environment with the dev set, and nothing else

lock: ## Solves the lock files anew from pyproject.toml (UPGRADE=--upgrade for newer versions)
	@set -e; tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; \
	  $(PYTHON) -m venv "$$tmp" && "$$tmp/bin/pip" install --quiet --disable-pip-version-check uv==0.13.9; \
	  compile="$$tmp/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes $(UPGRADE)"; \
	  $$compile --custom-compile-command "make lock" --extra analysis --extra bench --extra calendar --extra emulator --extra fleet --extra postgres --extra report --extra rig --extra rp2040 --group dev pyproject.toml -o requirements.lock; \
	  for port in $(PORTS); do $$compile --custom-compile-command "make lock" --group pyproject.toml:typings-$$port -o tools/types/$$port.lock; done; \
	  $$compile --custom-compile-command "make lock" --constraint requirements.lock --group pyproject.toml:mutants -o requirements-mutants.lock; \
	  $$compile --custom-compile-command "make lock" --group pyproject.toml:docs -o requirements-docs.lock; \
	  $$compile --custom-compile-command "make lock" --group pyproject.toml:labgrid -o requirements-labgrid.lock

# ---- the steps of `make check` ------------------------------------------------------------------

check-format: $(INSTALLED)
	@echo "-- format: ruff format"
	@$(BIN)/ruff format --check --quiet --diff .

check-lint: $(INSTALLED)
	@echo "-- lint: ruff"
	@$(BIN)/ruff check --quiet --output-format concise .

check-types-host: $(INSTALLED)
	@echo "-- types of the host: mypy"
	@$(BIN)/mypy --no-error-summary

check-types-firmware: $(INSTALLED) $(TYPINGS)
	@echo "-- types of the firmware: pyright with MicroPython's stubs of $(PORTS)"
	@for config in pyrightconfig.json tools/types/esp32.json tools/types/stm32.json; do \
	  $(BIN)/pyright --warnings --project $$config > .venv/pyright.log || { cat .venv/pyright.log; exit 1; }; done

check-layers: $(INSTALLED)
	@echo "-- layers: import-linter"
	@$(BIN)/lint-imports > .venv/layers.log || { cat .venv/layers.log; exit 1; }

check-compile: $(INSTALLED)
	@echo "-- every firmware file compiles: mpy-cross"
	@$(BIN)/python tools/compile_firmware.py

check-generated: $(INSTALLED)
	@echo "-- generated text is current"
	@for tool in $(GENERATORS); do $(BIN)/python $$tool --check || exit 1; done

GENERATORS = $(wildcard tools/generate_*.py)

# ---- the environment ----------------------------------------------------------------------------

# A stamp: a warm environment costs nothing. The package itself is installed in place.
$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Evenflow needs Python 3.11 or later; %s is %s. Say which: make PYTHON=python3.12 ..." % (sys.executable, sys.version.split()[0]) if sys.version_info < (3, 11) else 0)'
	@echo "-- .venv: installing from requirements.lock"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) install --quiet --no-deps --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# Beside the environment: MicroPython's stubs replace those of the standard library.
$(TYPINGS): typings/%/installed: tools/types/%.lock | $(INSTALLED)
	@echo "-- typings/$*: installing from $<"
	@rm -rf typings/$*
	@$(PIP) install --quiet --no-deps --require-hashes --target typings/$* -r $<
	@touch $@

# Beside the environment, whose Python runs it: a terminal and a parser that nothing else needs.
$(MUTMUT): requirements-mutants.lock | $(INSTALLED)
	@echo "-- build/mutmut: installing from requirements-mutants.lock"
	@rm -rf build/mutmut
	@$(PIP) install --quiet --no-deps --require-hashes --target build/mutmut -r requirements-mutants.lock
	@touch $@

# Of its own: Sphinx is larger than all the rest, and only `make docs` needs it.
$(DOCS): requirements-docs.lock
	@echo "-- build/docs-env: installing from requirements-docs.lock"
	@$(PYTHON) -m venv build/docs-env
	@build/docs-env/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --require-hashes -r $<
	@touch $@

# Of its own: labgrid brings another pyserial.
$(LABGRID): requirements-labgrid.lock
	@echo "-- build/labgrid-env: installing from $<"
	@$(PYTHON) -m venv build/labgrid-env
	@build/labgrid-env/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --require-hashes -r $<
	@touch $@
