# The site's commands. A fresh machine needs Python 3.11 and make.

PYTHON ?= python3.11
PORT ?= 8000
DATA ?= catalogue
# More options for pip. Where PyTorch's default build is the CUDA one, name the index of its CPU builds here, as
# the selector on pytorch.org's "Get started" page prints it: make run PIP_ARGS="--extra-index-url …"
PIP_ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
CORE := $(VENV)/installed-core
DEV := $(VENV)/installed-dev
CLIENTS := $(VENV)/installed-clients
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Each line as it comes, also where the output goes to a file.
export PYTHONUNBUFFERED := 1
export PORT PYTHON
# Which models beside NGCF are trained while the site serves already: 1: all that have no weights, 0: none.
TRAIN_MISSING ?= 1
# Whether the worker of the jobs that staff ask for on /office/ runs beside the server.
RUN_JOBS ?= 1

.PHONY: run test lint bench bench-clicks messages screenshot services services-up services-down clean

# Build, load, train NGCF, then serve at http://127.0.0.1:8000 and train the other models beside.
run: $(CORE)
	@$(PY) manage.py set_up
	@TRAIN_MISSING=$(TRAIN_MISSING) RUN_JOBS=$(RUN_JOBS) exec $(VENV)/bin/gunicorn --config config/gunicorn.py config.wsgi

# Everything the tests need, then all tests.
test: $(CLIENTS)
	@$(PY) -m pytest

# Style, types, import rules, migrations, deployment settings.
lint: $(DEV)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PY) manage.py makemigrations --check --dry-run
	DEBUG=0 HTTPS=1 $(PY) manage.py check --deploy --fail-level ERROR

# What a re-training request costs beside a floor and peers: make bench, or make bench DATA=movielens-100k, or a folder.
bench: $(DEV)
	$(PY) manage.py bench retrain --data $(DATA) --peers --profile --json var/reports/bench.json

# Clicks a second, how long each waits, and whether every accepted one arrives: make bench-clicks ARGS=--stores
bench-clicks: $(CLIENTS)
	@$(PY) benchmarks/clicks.py $(ARGS)

# Gather the texts of templates and code into locale/, and compile the translations (needs gettext).
messages: $(DEV)
	$(PY) manage.py makemessages --locale ko --ignore .venv --ignore var --no-location
	$(PY) manage.py compilemessages --locale ko --ignore .venv

# The picture in the README, taken from a running site.
screenshot: $(DEV) services
	$(PY) docs/screenshot.py

# Programs that tests start, by the system's package manager where they are missing.
services: $(VENV)/made
	@bash .ci/services

# The site on MySQL, DynamoDB and Kafka, on this machine and without Docker, to click through at PORT; and its end.
services-up: $(CLIENTS)
	@$(PY) -m tests.services.stack up
services-down:
	@$(PY) -m tests.services.stack down

# Remove what was installed, loaded and trained here.
clean:
	rm -rf $(VENV) var

$(VENV)/made:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed; if it has another name: make run PYTHON=…"; exit 1; }
	@echo "[set-up] making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Python 3.11 is needed: make run PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(CORE): requirements-core.txt $(VENV)/made
	@echo "[set-up] installing requirements-core.txt"
	@$(PY) -m pip install $(PIP_ARGS) -r requirements-core.txt || { \
		echo "Installing failed. Check the network and the room on the disk, then run the same command again."; exit 1; }
	@touch $@

$(DEV): requirements-dev.txt requirements-core.txt $(VENV)/made
	@echo "[set-up] installing requirements-dev.txt"
	@$(PY) -m pip install $(PIP_ARGS) -r requirements-dev.txt || { \
		echo "Installing failed. Check the network and the room on the disk, then run the same command again."; exit 1; }
	@touch $@ $(CORE)

# The clients of the real services. MySQL's compiles against a library that `services` installs.
$(CLIENTS): requirements.txt requirements-core.txt $(DEV) | services
	@echo "[set-up] installing requirements.txt"
	@$(PY) -m pip install $(PIP_ARGS) -r requirements.txt || { \
		echo "Installing failed. Check the network and the room on the disk, then run the same command again."; exit 1; }
	@touch $@
