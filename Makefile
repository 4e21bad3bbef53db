# Every verb that needs something set up does it first; a set-up that is done takes no time.
.DEFAULT_GOAL := help
.PHONY: help setup setup-python setup-scanners setup-metastore setup-browser setup-mysql8 bench demo test test-mysql8 test-kills compose check format docs docs-pictures options lock clean

# Another interpreter: make PYTHON=/path/to/python3.12 demo
PYTHON ?= python3
# The job of 'make compose'.
JOB ?= enriched-orders
# Further arguments of the verb's program: make demo ARGS=--keep, make test ARGS="-k settings"
ARGS ?=

help: ## list these verbs
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what is missing for all of the below: Python packages, Flink's jars, databases
	@$(PYTHON) -m bootstrap

setup-python:
	@$(PYTHON) -m bootstrap python

setup-scanners:
	@$(PYTHON) -m bootstrap scanners

setup-metastore:
	@$(PYTHON) -m bootstrap metastore

setup-browser:
	@$(PYTHON) -m bootstrap browser

demo: setup ## run the whole lakehouse on this machine and measure it (ARGS=--keep leaves it running)
	@.venv/bin/lakehouse demo $(ARGS)

test: setup setup-scanners setup-metastore setup-browser ## run every test, Java and Python (ARGS="-k settings" for some of Python's)
	@$(PYTHON) -m bootstrap java-tests
	@.venv/bin/pytest $(ARGS)

setup-mysql8: ## add the real MySQL 8 for 'lakehouse up --mysql8' (downloads 0.6 GB once)
	@$(PYTHON) -m bootstrap mysql8

test-mysql8: setup-mysql8 ## run the tests of databases and of the whole sandbox on the real MySQL 8
	@.venv/bin/pytest -m mysql8 $(ARGS)

test-kills: setup ## kill each part of the way of a web order five times, and look for every order (10 minutes)
	@.venv/bin/pytest -s -m kills $(ARGS)

compose: setup-python ## run one job with Docker Compose (JOB=enriched-orders; docs/docker.md)
	@.venv/bin/python -m compose $(JOB)
	@docker compose build flink
	@docker compose up --build --detach $(ARGS)

test-docker: setup ## build the images and run compose.yaml, where a Docker engine is
	@.venv/bin/pytest -m docker $(ARGS)

check: setup-python ## look for faults without running anything: format, lint, types
	@.venv/bin/ruff format --check
	@.venv/bin/ruff check
	@.venv/bin/pyright

format: setup-python ## format the code, and mend what can be mended by itself
	@.venv/bin/ruff format
	@.venv/bin/ruff check --fix

docs: setup-python ## write what docs/ has of the program: JSON Schemas, the picture of the architecture, costs
	@.venv/bin/python -m infra.schemas
	@.venv/bin/python -m picture
	@.venv/bin/python -m costs

docs-pictures: setup setup-browser ## draw again the pictures of pages in docs/
	@LAKEHOUSE_PICTURES=docs .venv/bin/pytest tests/catalogue/test_picture.py tests/review/test_picture.py

bench: setup ## measure the program by its number of jobs, one hop against two, maintenance (40 minutes; on a quiet machine)
	@.venv/bin/python -m bench.program
	@.venv/bin/python -m bench.hops
	@.venv/bin/python -m bench.maintenance

options: setup ## write the list of Flink's options from its jars, after a change of its version
	@.venv/bin/python -m sandbox.flink.options

lock: ## pin the newest versions that pyproject.toml allows, with their hashes (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate pyproject.toml --group dev -o requirements-dev.lock
	for lock in tests/scanners/*.lock; do \
	    uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate \
	        --group $$(basename $$lock .lock) -o $$lock || exit 1; \
	done

clean: ## remove everything that was set up or built here; the downloads stay in pip's and Maven's caches
	rm -rf .venv .cache .compose .env .sandbox .pytest_cache .ruff_cache images/*/target images/*/*/target jobs/*/target sandbox/target
