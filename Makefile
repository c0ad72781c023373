# `run`, `test` and `install` have to work on a bare machine, without make too: python3 dev.py run.
# Everything else is a line in the environment that they build.
PYTHON ?= python3
BIN = .venv/bin
UV = $(shell command -v uv || echo $(BIN)/uv)
COMPILE = UV_SYSTEM_CERTS=1 $(UV) pip compile --universal --python-version 3.11 --generate-hashes \
	--no-header --no-config --quiet $(ARGS)
CHECKS = code layout templates types imports migrations deployment

.PHONY: help run test install lint $(CHECKS) format bench drill services worker lock
.DEFAULT_GOAL := help

help: ## lists these commands; most take ARGS="..."
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' Makefile

run: ## builds, migrates, seeds, serves on http://127.0.0.1:8000 (PORT= to change)
	@$(PYTHON) dev.py run

test: ## the suite on PostgreSQL and Redis, then its database tests on SQLite
	@$(PYTHON) dev.py test $(ARGS)

install: ## builds .venv with everything that running and testing need
	@$(PYTHON) dev.py install

lint: install ## ruff, mypy, import directions, missing migrations, Django's deployment checks
	@$(MAKE) --no-print-directory --keep-going $(CHECKS) && echo "lint: all clean"
code:
	$(BIN)/ruff check .
layout:
	$(BIN)/ruff format --check .
templates:
	$(BIN)/djangofmt --check --quiet templates
types:
	DEBUG=on $(BIN)/mypy
imports:
	$(BIN)/lint-imports
migrations:
	DATABASE_URL= $(BIN)/python manage.py makemigrations --check --dry-run
deployment:
	DEBUG=off SECRET_KEY=$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))') \
	ALLOWED_HOSTS=tracker.example DATABASE_URL=postgres://tracker@127.0.0.1:5432/tracker \
	REDIS_URL=redis://127.0.0.1:6379/0 $(BIN)/python manage.py check --deploy --fail-level WARNING

format: install ## formats the code and the templates, and puts right what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djangofmt --quiet templates

bench: install ## measures pages, seeding and recalculation, in proportion to a trivial page
	@$(BIN)/python -m tests.bench $(ARGS)

drill: install ## fault drills with real processes: what is lost when the broker or a worker dies
	@DEBUG=$${DEBUG-on} $(BIN)/python -m tests.drills $(ARGS)

services: ## starts PostgreSQL and Redis of this machine where they are installed
	@pg_isready -q -h 127.0.0.1 || service postgresql start || brew services start postgresql \
	|| { echo "PostgreSQL: as root, apt-get install -y postgresql"; exit 1; }
	@redis-cli ping || service redis-server start || brew services start redis \
	|| { echo "Redis: as root, apt-get install -y redis-server"; exit 1; }

worker: ## a Celery worker with its clock, on REDIS_URL (default redis://127.0.0.1:6379/0)
	@$(PYTHON) dev.py install runtime
	@DEBUG=$${DEBUG-on} REDIS_URL=$${REDIS_URL-redis://127.0.0.1:6379/0} $(BIN)/celery \
	-A kmpt_tracker.celery worker --beat --loglevel INFO --concurrency 2 $(ARGS)

lock: install ## writes requirements/*.txt anew from *.in (ARGS=--upgrade for newer versions)
	$(COMPILE) requirements/bootstrap.in -o requirements/bootstrap.txt
	$(COMPILE) requirements/runtime.in -o requirements/runtime.txt
	$(COMPILE) requirements/parquet.in -o requirements/parquet.txt
	$(COMPILE) requirements/dev.in -o requirements/dev.txt --constraint requirements/runtime.txt \
	--constraint requirements/parquet.txt
