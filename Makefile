# Everything a developer, or CI, does with this repository. `make` alone lists it.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# Compiling everything anew in every process would double the time of each.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
ENGINE := $(BIN)/python scripts/with_engine.py
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make requirements" $(if $(UPGRADE),--upgrade)

.PHONY: help setup dev clients check format lint types imports schema docs test coverage lowest hard demo bench pictures requirements dist clean

help: ## list the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22
	@echo
	@echo '  NO_INSTALL=1        install no package of the distribution, start no daemon'
	@echo '  PYTHON=python3.13   the interpreter to make .venv with'
	@echo '  ARGS="-k name"      more arguments for pytest (make test)'
	@echo '  SIMULATED=1         simulated tasks in place of containers (make demo)'

setup: ## make .venv with the tool and its sandbox, pinned and by hash; a moment when that is done already
	@scripts/setup.sh run

dev: ## the same with what checks need beside
	@scripts/setup.sh dev

clients: ## the same with what tests need beside: the clients of others that the sandbox is tried with
	@scripts/setup.sh test

check: dev format lint types imports schema docs ## format, lint, types, import rules, schema, docs examples

format:
	$(BIN)/ruff format --check .

lint:
	$(BIN)/ruff check .

types:
	$(BIN)/mypy

imports:
	$(BIN)/lint-imports

schema:
	$(BIN)/python -m ecsdeploy.config.schema --check
	$(BIN)/python -m ecsdeploy.config.reference --check

docs:
	$(BIN)/python -m ecsdeploy.report.json_reference --check
	$(BIN)/python -m ecsdeploy.report.record_schema --check
	$(BIN)/python scripts/check_docs.py
	$(BIN)/python scripts/architecture.py --check
	$(BIN)/python -m ecsdeploy.sandbox.operations --check
	$(BIN)/python -m ecsdeploy.prices.document --check

test: clients ## every test, those with real containers included
	$(ENGINE) --optional -- scripts/test.sh $(ARGS)

coverage: clients ## the same, and show which lines and branches they pass through: a table, and htmlcov/
	$(BIN)/coverage erase
	PYTEST="$(BIN)/coverage run -m pytest" $(ENGINE) --optional -- scripts/test.sh $(ARGS); code=$$?; \
		$(BIN)/coverage combine --quiet && $(BIN)/coverage report && $(BIN)/coverage html --quiet && exit $$code

lowest: ## the tests without containers, with the oldest dependencies that pyproject.toml allows
	@scripts/setup.sh lowest
	.venv-lowest/bin/pytest -n 4 -m "not docker and not hard" --ignore tests/sandbox/clients \
		tests/unit tests/tool/commands tests/sandbox $(ARGS)

hard: clients ## kill, interrupt and break every call, and race; N of N to benchmarks/README.md (an hour)
	$(ENGINE) -- $(BIN)/python -m benchmarks.hard $(ARGS)

demo: ## the whole job on the example, against the sandbox: deploy, curl, kill a task, see it healed
	@scripts/demo.sh

bench: clients ## measure, and write benchmarks/README.md
	$(ENGINE) -- $(BIN)/python -m benchmarks

pictures: dev ## make the README's pictures of a terminal, from a real run (a test compares them)
	$(ENGINE) -- env PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python scripts/pictures.py

requirements: dev ## compile requirements/*.txt again (UPGRADE=1: to the newest versions)
	$(COMPILE) --extra dev pyproject.toml requirements/build.in --output-file requirements/dev.txt
	$(COMPILE) --extra sandbox pyproject.toml requirements/build.in --constraints requirements/dev.txt \
		--output-file requirements/run.txt
	$(COMPILE) pyproject.toml --constraints requirements/dev.txt --output-file requirements/tool.txt
	$(COMPILE) --upgrade --resolution lowest-direct --extra sandbox --extra test pyproject.toml requirements/build.in \
		--output-file requirements/lowest.txt
	$(COMPILE) requirements/clients.in --output-file requirements/clients.txt
	$(COMPILE) requirements/release.in requirements/build.in --constraints requirements/dev.txt \
		--output-file requirements/release.txt

dist: ## build the sdist and, from it, the wheel; check both
	@scripts/setup.sh release
	rm -rf dist
	.venv-release/bin/uv build --quiet --offline --no-build-isolation --python .venv-release/bin/python --out-dir dist
	.venv-release/bin/twine check --strict dist/*.tar.gz dist/*.whl

clean: ## remove what set-up, checks and tests made
	rm -rf .venv .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* htmlcov build dist
