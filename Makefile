# Storekeeper 掌柜. Two commands set everything up by themselves: `make demo` and `make test`.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3.11 python3.12 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
# uv brings its own certificate authorities; behind a proxy that reads TLS only the machine's own will do.
INSTALL = @for certificates in "" --system-certs; do \
	$(BIN)/uv pip install --quiet $$certificates --python $(BIN)/python -r $< && exit 0; done; exit 1
WORKERS ?= 2
# Python may keep what it compiles: otherwise each process of Airflow compiles 3 s of imports again, and each command half a
# second. `make clean` removes it.
unexport PYTHONDONTWRITEBYTECODE
QUICK := tests/test_house.py tests/test_commands.py tests/docs tests/settings tests/quality tests/replenishment tests/tasks \
	tests/words

.PHONY: help demo up test nights kills check lint types tidy audit format bench clean lock pages suites words topology

help: ## What can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1	/' | expand -t 20

$(BIN)/uv:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or 3.12 is needed; none was found on PATH" >&2; exit 1; }
	@echo "· making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/run: requirements.txt | $(BIN)/uv
	@echo "· installing requirements.txt"
	$(INSTALL)
	@touch $@

$(VENV)/dev: requirements-dev.txt | $(BIN)/uv
	@echo "· installing requirements-dev.txt"
	$(INSTALL)
	@touch $@ $(VENV)/run

$(BIN)/storekeeper: | $(BIN)/uv
	@printf '#!/bin/sh\nexec "%s/storekeeper" "$$@"\n' "$(CURDIR)" > $@
	@chmod +x $@

demo: $(VENV)/run $(BIN)/storekeeper ## A simulated merchant's day under Airflow itself (UP=1 stays up)
	@$(BIN)/python -m scripts.demo $(if $(UP),--up)

up: $(VENV)/run $(BIN)/storekeeper ## Your own merchant on this machine, to last (MERCHANT=folder HOME_FOLDER=var ENVIRONMENT=file)
	@$(BIN)/python -m scripts.up $(if $(MERCHANT),--merchant "$(MERCHANT)") $(if $(HOME_FOLDER),--home "$(HOME_FOLDER)") \
		$(if $(ENVIRONMENT),--environment "$(ENVIRONMENT)") $(if $(PORT),--port $(PORT))

# A thread that waits must not burn the core that another worker needs.
test check nights: export OMP_WAIT_POLICY = PASSIVE
test: $(VENV)/dev $(BIN)/storekeeper ## Every test: units, both databases, Airflow's own scheduler (THOROUGH=1: 5,000 damaged files too)
	@$(BIN)/python -m pytest -m "not scheduler$(if $(THOROUGH),, and not thorough)" -n $(WORKERS) --dist loadfile --no-loadscope-reorder
	@$(BIN)/python -m pytest -m scheduler $$(grep -rl --include='*.py' 'mark\.scheduler' tests | sort)  # others would be imported for nothing

N ?= 100
SEED ?= 0
DATABASE ?= sqlite
nights: $(VENV)/dev ## Seeded nights in which things go wrong (N=100 SEED=0 DATABASE=sqlite|postgres; OPERATIONS=0.1: a share of all operations)
	@$(BIN)/python -m tests.nights --nights $(N) --seed $(SEED) --database $(DATABASE) $(if $(OPERATIONS),--every-operation $(OPERATIONS))

kills: $(VENV)/dev ## Days under Airflow whose processes are killed (N=10 SEED=0 DATABASE=sqlite|postgres)
	@$(BIN)/python -m tests.nights.kills --kills $(N) --seed $(SEED) --database $(DATABASE)

check: lint ## lint and quick tests that need no server: some three minutes
	@$(BIN)/python -m pytest -q -m "not (postgres or scheduler or slow or thorough)" -n $(WORKERS) --dist loadfile $(QUICK)

lint: $(VENV)/dev ## ruff, mypy, the floors of include/, what nobody calls
	@$(MAKE) --no-print-directory --jobs=2 types tidy

types: $(VENV)/dev
	@$(BIN)/mypy

tidy: $(VENV)/dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m scripts.names_in_templates > $(VENV)/template_names.py
	@$(BIN)/vulture include dags plugins scripts benchmarks tests $(VENV)/template_names.py
	@$(BIN)/vulture include dags plugins scripts benchmarks $(VENV)/template_names.py  # what only tests call

audit: $(VENV)/dev ## Known vulnerabilities of locked dependencies (needs the internet; says so without; STRICT=1 fails then)
	@$(BIN)/python -m scripts.audit_dependencies $(if $(STRICT),--strict)

format: $(VENV)/dev ## Put the code into ruff's shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/dev ## Measure: see benchmarks/
	@$(BIN)/python -m benchmarks

pages: $(VENV)/dev ## Write the generated pages of docs/ again
	@$(BIN)/python -m scripts.dag_page
	@$(BIN)/python -m scripts.dictionary_page
	@$(BIN)/python -m scripts.figures_page
	@$(BIN)/python -m scripts.settings_page

suites: $(VENV)/dev ## Write the JSON of great_expectations/ again, from include/quality/rules/
	@$(BIN)/python -m scripts.write_suites

words: $(VENV)/dev ## Bring the catalogues of texts in line with the code, and tell what is left to write
	@$(BIN)/python -m scripts.write_words

topology: $(VENV)/dev ## docker-compose.yml's services run natively, once end to end
	@$(BIN)/python -m scripts.native_topology --specimen 2

lock: | $(BIN)/uv ## Write requirements*.txt again from pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --extra cluster -c requirements.txt pyproject.toml -o requirements-cluster.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --extra cluster --extra dev -c requirements-cluster.txt pyproject.toml -o requirements-dev.txt

clean: ## Remove what was made: the virtual environment, var/ and caches
	@rm -rf $(VENV) var .pytest_cache .mypy_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
