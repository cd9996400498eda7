# Each target does its own set-up: a virtual environment in .venv with what constraints.txt pins.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

MINUTES ?= 5

.PHONY: demo test test-slow torture fuzz lint bench docs site findings clean

demo: $(VENV)/installed  ## train a WGAN-GP on real handwritten digits and say what to look at
	$(BIN)/wgan train

test: $(VENV)/installed  ## the tests, on all cores
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow and not torture" -n auto

test-slow: $(VENV)/installed  ## the longer checks: crashes, flipped bits, full trainings
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m slow -n auto

torture: $(VENV)/installed  ## kills, flipped bits, full disks, damaged files and hostile runs by the hundred
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m torture -n auto --durations 8

fuzz: $(VENV)/installed  ## damaged files for MINUTES, at random seeds; what fails names its seed
	OMP_NUM_THREADS=1 $(BIN)/python tests/fuzz.py --minutes $(MINUTES)

lint: $(VENV)/installed  ## style, types, one direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/installed  ## our speed as ratios to a textbook loop and to peers, into docs/speed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps torchgan==0.1.0 geomloss==0.3.1
	for name in startup step small_recipes layout peers growth profile_step processes sweeps transport columns; do \
		OMP_NUM_THREADS=1 $(BIN)/python benchmarks/$$name.py --out docs/speed || exit 1; \
	done

docs: $(VENV)/installed  ## repeat the measurements that the docs show, as far as their files do not hold them
	OMP_NUM_THREADS=1 $(BIN)/python examples/systems.py --out docs/systems.md
	OMP_NUM_THREADS=1 $(BIN)/python examples/evaluation.py --out docs/evaluate.md
	test -e docs/speed/quality.json || OMP_NUM_THREADS=1 $(BIN)/python benchmarks/quality.py --out docs/speed
	test -e docs/speed/agreement.json || OMP_NUM_THREADS=1 $(BIN)/python benchmarks/agreement.py --out docs/speed
	$(MAKE) findings

site: $(VENV)/installed  ## the documentation as pages, into build/docs, without network
	PYTHONPATH=website $(BIN)/zensical build --clean --strict

findings: $(VENV)/installed  ## run every study, some four hours of one core, and put what they find into the docs
	OMP_NUM_THREADS=1 $(BIN)/wgan study run --all --out docs/findings
	$(BIN)/wgan study report --findings docs/findings --out build/site \
		--markdown README.md --markdown docs/findings/README.md

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) build dist src/*.egg-info
