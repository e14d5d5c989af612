# One entry point for everything. `make` alone lists the targets.
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast test-all faults random-sequences docs lint format lab-up lab-down lab-status lab-shell check verify doctor orphans lock clean

PYTHON := .venv/bin/python

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { text = $$2; argument = ""; \
	  if (match(text, /^[A-Z]+=[a-z]+ /)) { argument = " " substr(text, 1, RLENGTH - 1); text = substr(text, RLENGTH + 1) } \
	  printf "  make %-19s %s\n", $$1 argument, text }' $(MAKEFILE_LIST)

demo: ## set everything up, start the lab, run `pulumi up` on it, and show that containers reach each other; NETWORK=way ADDRESSES=way for another way than the usual
	@scripts/bootstrap lab
	@$(PYTHON) -m lab demo $(if $(NETWORK),--network "$(NETWORK)") $(if $(ADDRESSES),--addresses "$(ADDRESSES)")

test: setup ## set everything up and run the tests, each behaviour once
	@$(PYTHON) scripts/run_tests.py allowed -m "not matrix"

test-fast: setup ## run the unit, error and component tests only: no engine, no lab
	@$(PYTHON) scripts/run_tests.py fast

test-all: setup ## run every test, also those marked `matrix`, which are too slow for each change
	@$(PYTHON) scripts/run_tests.py allowed

faults: setup ## run the tests that break hosts, cables and updates, on the lab
	@$(PYTHON) scripts/run_tests.py faults -m "fault and not matrix"

random-sequences: setup ## SEEDS=number run so many random sequences of updates and faults; FIRST=seed for certain ones
	@SEEDS="$(or $(SEEDS),5)" FIRST="$(FIRST)" $(PYTHON) scripts/run_tests.py faults -k test_a_long_sequence -s

docs: setup ## make docs/what-happens-when.md from the table of faults again
	@$(PYTHON) scripts/generate_what_happens_when.py

lint: setup ## check style, types and shell scripts
	@$(PYTHON) -m ruff check
	@$(PYTHON) -m ruff format --check
	@.venv/bin/basedpyright
	@scripts/lint-shell

format: setup ## rewrite the Python files in the project's style
	@$(PYTHON) -m ruff check --fix
	@$(PYTHON) -m ruff format

lab-up: ## start the lab and leave it running
	@scripts/bootstrap lab
	@$(PYTHON) -m lab up

lab-down: ## stop the lab, also after it was killed; leaves nothing behind
	@scripts/bootstrap lab
	@$(PYTHON) -m lab down

lab-status: ## say what the lab runs, and who started it
	@scripts/bootstrap lab
	@$(PYTHON) -m lab status

lab-shell: ## open a shell in which plain `pulumi` commands work on the lab
	@scripts/bootstrap lab
	@$(PYTHON) -m lab shell

check: ## run the reachability check of the stack `lab` again, and change nothing else
	@scripts/bootstrap lab
	@$(PYTHON) -m lab check

verify: setup ## STACK=name print what of the hosts is not as the stack says (default: lab); HOST=name for one of them, JSON=1 for programs
	@scripts/verify "$(STACK)" $(if $(HOST),--host "$(HOST)") $(if $(JSON),--json)

doctor: setup ## HOST=name say at which layer a host, or a container on it, is not reached; STACK=name, default: lab
	@scripts/doctor "$(STACK)" "$(HOST)"

orphans: setup ## STACK=name print what a killed update of the stack made and never recorded
	@scripts/orphans "$(STACK)"

setup: ## set up what the other targets need; done by them, too
	@if scripts/lab-possible >/dev/null; then scripts/bootstrap lab; else scripts/bootstrap; fi

lock: ## compile the requirements files to their locks again; versions stay unless UPGRADE=--upgrade is given
	@uv=$$(scripts/bootstrap uv) && compile() { \
	  UV_SYSTEM_CERTS=true UV_CUSTOM_COMPILE_COMMAND="make lock" $$uv pip compile -q --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url $(UPGRADE) "$$@"; } && \
	compile requirements.in -o requirements.lock && \
	compile requirements-dev.in -c requirements.lock -o requirements-dev.lock && \
	compile requirements-bootstrap.in -o requirements-bootstrap.lock

clean: ## stop the lab, and remove the caches and .venv
	@scripts/clean
