# Every target sets up what it needs, once, inside this folder: .venv, node_modules, .solcx. Needed before: git, make and
# Python 3.11, 3.12 or 3.13 with venv. Node.js is used when version 20 or newer is there; otherwise it comes from PyPI.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

# A later word wins: `make PYTHON=/opt/python3.12/bin/python3 demo`.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && { echo $$p; break; }; done)
ARGS ?=
JOBS ?= auto

export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
export SOLCX_BINARY_PATH := $(CURDIR)/.solcx
export UV_PYTHON_DOWNLOADS := never
# Trust what the machine trusts: behind a company's proxy each tool's own list of authorities does not do.
CA_BUNDLE := $(firstword $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem))
ifneq ($(CA_BUNDLE),)
export UV_SYSTEM_CERTS ?= 1
export PIP_CERT ?= $(CA_BUNDLE)
export NODE_EXTRA_CA_CERTS ?= $(CA_BUNDLE)
endif
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif

BIN := .venv/bin
UV := $(BIN)/uv
INSTALL := $(UV) pip install --quiet --require-hashes
NPM_OPTIONS := --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
# Than when the last build began: what was edited meanwhile counts. A folder is newer when something in it was made,
# renamed or removed, so what was built is looked at, too.
CONTRACTS_ARE_CURRENT = test -f build/contracts.made -a -d build/artifacts -a -d build/types -a -d build/stamps && test -z \
	"$$(find contracts templates node_modules/.made chain/solidity/*.py chain/artifacts/*.py build/artifacts build/types \
	build/stamps -newer build/contracts.made | head -n 1)"
BUNDLES_ARE_CURRENT = test -f build/bundles.made && test -z \
	"$$(find templates build/stamps build/bundles chain/registry/*.py -newer build/bundles.made | head -n 1)"
SOLIDITY := 'contracts/**/*.sol' 'templates/**/*.sol' 'deploy/**/*.sol' 'examples/**/*.sol'

##@ Use it

.PHONY: help setup build run demo
help: ## This list
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@ / {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: build ## The main job, end to end on a throw-away chain (ARGS="--json" for one JSON object)
	@$(BIN)/mz demo $(ARGS)

run: build ## A chain on 127.0.0.1:8545 with its data in .mz (ARGS="--port N --data-dir D")
	@$(BIN)/mz up $(ARGS)

setup: .venv/.run node_modules/.made ## Python and Node.js dependencies, as locked

build: setup build/page/index.html ## Contracts, templates, bundles and the node's page into build/
	@$(CONTRACTS_ARE_CURRENT) || { mkdir -p build && touch build/contracts.begun && \
		$(BIN)/python -m chain.solidity.build && mv build/contracts.begun build/contracts.made; }
	@$(BUNDLES_ARE_CURRENT) || { $(BIN)/python -m chain.registry.build && touch build/bundles.made; }

##@ Work on it

.PHONY: test test-deep check fix wheel bench brownie pictures lock clean
# Without Ethereum's specification its judgement is skipped, or an error under MZ_REQUIRE_ALL=1.
test: build .venv/.dev ## The whole suite (ARGS="tests/unit -k pool" for a part)
	@$(MAKE) --no-print-directory --silent .venv-specification/.made || test "$$MZ_REQUIRE_ALL" != 1
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not deep" $(ARGS)

# Without slither there is no mutation, without halmos no proof: skipped, or an error under MZ_REQUIRE_ALL=1.
test-deep: build .venv/.dev ## Long fuzzing, kills, proofs, mutation and soak
	@for tool in slither halmos specification; do \
		$(MAKE) --no-print-directory --silent .venv-$$tool/.made || test "$$MZ_REQUIRE_ALL" != 1 || exit 1; done
	@$(BIN)/python -m pytest -n $(JOBS) -m deep --timeout 7200 $(ARGS)

CHECKS := check-format check-lint check-types check-layers check-spelling check-solidity check-page check-slither check-house
.PHONY: $(CHECKS)
check: build .venv/.dev ## Format, lint, strict types, layers, spelling, solhint, slither, house rules
	@$(MAKE) --no-print-directory --keep-going $(CHECKS)

check-format:
	@$(BIN)/ruff format --check --quiet . && prettier --check --log-level warn $(SOLIDITY) 'tests/**/*.sol'

check-lint:
	@$(BIN)/ruff check --quiet .

check-types:
	@$(BIN)/mypy --no-error-summary

check-layers:
	@$(BIN)/lint-imports --no-logo >.venv/layers.log || { cat .venv/layers.log; exit 1; }

check-spelling:
	@$(BIN)/codespell

check-solidity:
	@solhint --noPoster --max-warnings 0 $(SOLIDITY)

check-page:
	@tsc --project web

check-house:
	@$(BIN)/python -m pytest -q -n 0 tests/house

# slither's dependencies clash with ours, so it has an environment of its own.
check-slither:
	@if $(MAKE) --no-print-directory --silent .venv-slither/.made; then .ci/slither; \
	elif [ "$$MZ_REQUIRE_ALL" = 1 ]; then exit 1; \
	else echo "slither could not be installed: skipped (MZ_REQUIRE_ALL=1 makes this an error)" >&2; fi

fix: .venv/.dev node_modules/.made ## Apply every automatic correction
	@$(BIN)/ruff check --quiet --fix-only . ; $(BIN)/ruff format --quiet .
	@prettier --write --log-level warn $(SOLIDITY) 'tests/**/*.sol'

wheel: build .venv/.dev ## dist/mzchain-*.whl, which needs neither compiler nor Node.js
	@rm -rf dist && $(BIN)/python -m build --wheel --no-isolation

bench: build .venv-bench/.made bench/node_modules/.made ## Speed beside five other chains, in turns (ARGS="--large --write")
	@$(BIN)/python -m bench $(ARGS)

brownie: setup .venv-brownie/.made ## Compile with brownie, in an environment of its own
	@$(BIN)/python -c 'from chain.solidity import ensure_solc; ensure_solc()'
	@.venv-brownie/bin/brownie compile $(ARGS)

pictures: build .venv/.dev ## Take the pictures in docs/screenshots anew (ARGS="home wallet" for some)
	@$(BIN)/python -m tests.page.pictures $(ARGS)

lock: .venv/.node ## Make requirements/*.lock and package-lock.json anew from pyproject.toml and package.json
	@.ci/lock $(ARGS)

clean: ## Remove what was built, not what was installed
	@rm -rf build dist reports cache out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -not -path './.venv*' -not -path './node_modules/*' -prune -exec rm -rf {} +

# --- set-up: each stamp stands for one installed list ------------------------------------------------------------------

.venv/.made: requirements/uv.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed. Next: install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "making .venv with $(PYTHON)" >&2
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/uv.lock
	@touch $@

.venv/.run: .venv/.made requirements/run.lock pyproject.toml
	@echo "installing Python dependencies" >&2
	@$(INSTALL) --python $(BIN)/python --requirements requirements/run.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.run requirements/dev.lock
	@echo "installing development tools" >&2
	@$(INSTALL) --python $(BIN)/python --requirements requirements/dev.lock
	@touch $@

# Programs of npm packages look for `node` on the PATH, which begins with .venv/bin.
.venv/.node: .venv/.made requirements/node.lock
	@if node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && npm --version >/dev/null 2>&1; then :; else \
		echo "installing Node.js from PyPI" >&2; \
		$(INSTALL) --python $(BIN)/python --requirements requirements/node.lock && .ci/link-node; fi
	@touch $@

node_modules/.made: .venv/.node package.json package-lock.json
	@echo "installing Node.js packages" >&2
	@npm ci $(NPM_OPTIONS)
	@touch $@

build/page/index.html: node_modules/.made $(shell find web -type f 2>/dev/null)
	@echo "building the page" >&2
	@vite build web --logLevel warn
	@touch $@

# Its pins clash with ours.
.venv-specification/.made: .venv/.made requirements/specification.lock
	@echo "installing Ethereum's specification" >&2
	@$(UV) venv --quiet --clear --python $(BIN)/python .venv-specification
	@$(INSTALL) --python .venv-specification/bin/python --requirements requirements/specification.lock
	@touch $@

bench/node_modules/.made: .venv/.node bench/package.json bench/package-lock.json
	@echo "installing hardhat and ganache, half a gigabyte" >&2
	@cd bench && npm ci $(NPM_OPTIONS)
	@touch $@

.venv-bench/.made: .venv/.made requirements/bench.lock
	@echo "installing eth-tester and titanoboa" >&2
	@$(UV) venv --quiet --clear --python $(BIN)/python .venv-bench
	@$(INSTALL) --python .venv-bench/bin/python --requirements requirements/bench.lock
	@touch $@

.venv-slither/.made: .venv/.made requirements/slither.lock
	@echo "installing slither" >&2
	@$(UV) venv --quiet --clear --python $(BIN)/python .venv-slither
	@$(INSTALL) --python .venv-slither/bin/python --requirements requirements/slither.lock
	@touch $@

.venv-halmos/.made: .venv/.made requirements/halmos.lock
	@echo "installing halmos" >&2
	@$(UV) venv --quiet --clear --python $(BIN)/python .venv-halmos
	@$(INSTALL) --python .venv-halmos/bin/python --requirements requirements/halmos.lock
	@touch $@

# The wheel of brownie is compiled with runtime type checks that its own code fails; the source build runs interpreted.
.venv-brownie/.made: .venv/.made requirements/brownie.lock
	@echo "installing brownie" >&2
	@$(UV) venv --quiet --clear --python $(BIN)/python .venv-brownie
	@BROWNIE_NOCOMPILE=1 BROWNIE_LIB=1 $(INSTALL) --no-binary eth-brownie --python .venv-brownie/bin/python --requirements requirements/brownie.lock
	@touch $@
