# Everything a developer runs. Each target first sets up what is missing; a second run starts at once.

PYTHON := .venv/bin/python
TEST_PROCESSES ?= 3  # of two cores, because many tests wait
HOST_TEST_PROCESSES ?= 2  # each runs the real host, which waits less
UV_COMPILE := uv pip compile --quiet --generate-hashes --no-annotate --no-emit-index-url --python-version 3.13 \
	--python-platform x86_64-manylinux_2_28 --custom-compile-command "make pins"

.DEFAULT_GOAL := help
.PHONY: help setup start test screenshots test-host check audit package pins bench chaos outage opening fuzz clean

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' Makefile

setup:  ## make .venv and fetch the table emulator
	@sh devstack/bootstrap.sh
	@$(PYTHON) -m devstack.azurite

start: setup  ## run the local cloud until Ctrl-C; PORT=, WORKERS=, FLEX=1, DATA= and HOST=real adjust it
	@exec $(PYTHON) -m devstack start

test: setup  ## run all tests; what failed beside others is run once more, alone
	@$(PYTHON) -m pytest --cache-clear -n $(TEST_PROCESSES) --dist loadgroup || \
		exec $(PYTHON) -m pytest -n 1 --dist loadgroup --last-failed --last-failed-no-failures none

screenshots: setup  ## take the pictures of the README; needs chromium
	@SCREENSHOTS=1 exec $(PYTHON) -m pytest -q devstack/tests/browser/test_screenshots.py

test-host: setup  ## run the API and scenario tests on the real Functions host
	@HOST=real $(PYTHON) -m pytest --cache-clear -n $(HOST_TEST_PROCESSES) --dist loadgroup tests/api tests/scenarios || \
		HOST=real exec $(PYTHON) -m pytest -n 1 --dist loadgroup --last-failed --last-failed-no-failures none

check:  ## format, lint, types, import rules, sizes, names in the docs, infrastructure, OpenAPI, Bicep, vulnerabilities
	@sh devstack/bootstrap.sh
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check --quiet .
	@$(PYTHON) -m mypy
	@$(PYTHON) -m checks
	@.venv/bin/lint-imports
	@$(PYTHON) -m checks.openapi
	@$(PYTHON) -m checks.bicep infra
	@$(PYTHON) -m checks.audit requirements.txt

audit:  ## look for known vulnerabilities in all pinned dependencies; says if it could not ask
	@sh devstack/bootstrap.sh
	@$(PYTHON) -m checks.audit requirements.txt requirements-dev.txt

package:  ## build what is deployed, list its size, import it with nothing else
	@sh devstack/bootstrap.sh
	@$(PYTHON) deployment/build_package.py --zip .devstack/package/notifications.zip

pins:  ## write the pinned requirements with hashes from requirements*.in; needs uv; UPGRADE=1 takes the newest
	@for name in requirements requirements-dev; do \
		$(UV_COMPILE) $(UPGRADE:1=--upgrade) $$name.in --output-file $$name.txt || exit 1; done

bench: setup  ## measure rates and budgets in both layouts (FLEX=0, FLEX=1: one); writes benchmarks/results/
	@exec $(PYTHON) -m benchmarks.run $(if $(filter 1,$(FLEX)),--flex) $(if $(filter 0,$(FLEX)),--no-flex)

chaos: setup  ## break everything under load and account for every message; ORDERS=, SEED=, KILLS=, FLEX=1 and HOST=real choose others
	@exec $(PYTHON) -m benchmarks.chaos $(if $(filter 1,$(FLEX)),--flex) $(ORDERS:%=--orders %) $(SEED:%=--seed %) $(KILLS:%=--kills %)

outage: setup  ## work off backlogs with and without lost time; ORDERS=, LOST= (30m,6h), CHANNEL= and FLEX=1 choose others
	@exec $(PYTHON) -m benchmarks.outage $(if $(filter 1,$(FLEX)),--flex) $(ORDERS:%=--orders %) $(LOST:%=--lost %) $(CHANNEL:%=--channel %)

opening: setup  ## let the send window open for held SMS, half of them in one order; ORDERS= (50000) chooses how many
	@exec $(PYTHON) -m benchmarks.opening $(ORDERS:%=--orders %)

fuzz: setup  ## send 10 000 bad requests to a local cloud (BAD_REQUESTS=, BAD_SEED=); NEIGHBOURS=1 attacks beside an honest owner, ATTACK= names one
ifdef NEIGHBOURS
	@exec $(PYTHON) -m benchmarks.neighbours $(ATTACK:%=--attack %)
else
	@BAD_REQUESTS=$${BAD_REQUESTS:-10000} exec $(PYTHON) -m pytest tests/api/test_bad_input.py -o log_cli=true -o log_cli_level=INFO
endif

clean:  ## remove everything that the other targets made
	rm -rf .venv .devstack .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
