# Everything starts here: `make` shows what there is. Needs Python 3.11 or newer and make, nothing else.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.PHONY: help setup run dev check format lint types storeys pages fix test migrate docs journey drill attack mutants bench seed clean
unexport PYTHONDONTWRITEBYTECODE VIRTUAL_ENV UV_PROJECT_ENVIRONMENT PYTHONHOME PYTHONPATH

UV_VERSION := 0.13.9
IN := .venv/bin
READY := .venv/ready
NEW_ENOUGH := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

help: ## Show these targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  %-9s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: $(READY) ## Make .venv with exactly the locked packages (repeats only what has changed)

.venv/bin/uv:
	@python=""; for name in python3 python3.13 python3.12 python3.11; do \
		if "$$name" -c '$(NEW_ENOUGH)' 2>/dev/null; then python=$$name; break; fi; done; \
	if [ -z "$$python" ]; then \
		echo "Dayaq needs Python 3.11 or newer with its venv module; found: $$(python3 --version 2>&1). On Debian: apt-get install python3-venv" >&2; exit 1; fi; \
	echo "Setting up .venv with $$("$$python" --version) ..." && \
	rm -rf .venv && "$$python" -m venv .venv && \
	$(IN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"

$(READY): pyproject.toml uv.lock | .venv/bin/uv
	@$(IN)/uv sync --frozen --quiet --python $(IN)/python && touch $@

run: setup ## Start everything with the demo programme: database, migrations, service
	@exec $(IN)/dayaq serve --demo

dev: setup ## Start everything without the demo programme
	@exec $(IN)/dayaq serve

check: format lint types storeys pages test ## Everything CI runs; changes nothing

format: setup
	$(IN)/ruff format --check .

lint: setup
	$(IN)/ruff check .

types: setup
	$(IN)/mypy

storeys: setup
	$(IN)/lint-imports

pages: setup
	$(IN)/dayaq docs --check

fix: setup ## Repair what a machine can repair
	$(IN)/ruff format .
	$(IN)/ruff check --fix .
	$(IN)/dayaq docs

test: setup ## All tests, on a PostgreSQL of their own
	$(IN)/python -m pytest -n 2 --dist loadfile

migrate: setup ## Bring the database up to date
	@$(IN)/dayaq migrate

docs: setup ## Print the reference pages and openapi.json from the code
	@$(IN)/dayaq docs

journey: setup ## Tell the main job to the running server at BASE_URL, step by step
	@$(IN)/python -m tests.journeys.story

drill: setup ## Break database and service on purpose, again and again, and see that nothing is lost
	$(IN)/python -m pytest -s -m drill

attack: setup ## Attack the statistics as a ministry could, and print D1 to D16 (N=how many releases a world)
	ATTACK_TRIES=$(or $(N),4000) $(IN)/python -m pytest -m "not short" tests/attack

mutants: setup ## Change the scoring functions bit by bit, and see that their vectors miss it
	$(IN)/python -m tests.assessments.mutants

bench: setup ## Measure against the floor
	$(IN)/python -m bench

seed: setup ## Load the demo programme into an empty database (N=how many people)
	@$(IN)/dayaq demo $(if $(N),--survivors $(N))

clean: ## Remove what can be made again; var/ with database and key stays
	rm -rf .venv mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage var/tests
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
