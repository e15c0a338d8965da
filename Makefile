PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BUILD := build/dev
INSTALLED := $(VENV)/installed
NATIVE := $(shell find src/native tests/native -name '*.cpp' -o -name '*.hpp')

SANITIZER_OPTIONS := UBSAN_OPTIONS=print_stacktrace=1 \
	TSAN_OPTIONS="halt_on_error=1 die_after_fork=0 history_size=4"
RUNTIME_OF_address := asan
RUNTIME_OF_thread := tsan
PRELOADED = $$(g++ -print-file-name=lib$(RUNTIME_OF_$*).so):$$(g++ -print-file-name=libstdc++.so)

# Without the extension only the Python tests make sense: LIGHTMLP_NATIVE=OFF make test-python
ifeq ($(LIGHTMLP_NATIVE),OFF)
PYTEST_ARGS += --ignore=src/lightmlp/engines/native.py \
	-W "default:lightmlp computes with its NumPy engine:RuntimeWarning"
endif

.PHONY: help venv demo test test-native test-python sanitize sanitize-address sanitize-thread \
	lint format bench track studies stubs clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(INSTALLED) ## .venv with LightMLP (editable) and its tools; rebuilds changed C++

demo: $(INSTALLED) ## train side by side with scikit-learn, write lightmlp-demo.png
	$(BIN)/lightmlp demo

test: lint test-native test-python ## everything that continuous integration checks

test-native: $(INSTALLED) ## the C++ tests alone
	$(BUILD)/lightmlp_tests

test-python: $(INSTALLED) ## the Python tests and doctests alone
	$(BIN)/pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile --benchmark-disable $(PYTEST_ARGS)

sanitize: sanitize-address sanitize-thread ## all C++ under GCC's sanitizers (Linux); SANITIZE_ISAS=avx2 for a quicker build

# Python is not built with the sanitizer, so that its runtime has to be there first; libstdc++
# as well, whose exceptions it intercepts. What Python does not free is no leak of ours, and
# its packages' BLAS keeps to the calling thread. ThreadSanitizer knows no random addresses.
sanitize-address sanitize-thread: sanitize-%: $(INSTALLED)
	PATH="$(CURDIR)/$(BIN):$$PATH" cmake -S . -B build/sanitized-$* -G Ninja \
		-DCMAKE_CXX_COMPILER=g++ -DPython_EXECUTABLE="$(CURDIR)/$(BIN)/python" \
		-Dnanobind_DIR="$$($(BIN)/python -m nanobind --cmake_dir)" \
		-DLIGHTMLP_BUILD_TESTS=ON -DLIGHTMLP_SANITIZE=$* \
		$(if $(SANITIZE_ISAS),-DLIGHTMLP_ISAS="$(SANITIZE_ISAS)",-ULIGHTMLP_ISAS)
	$(BIN)/cmake --build build/sanitized-$*
	$(SANITIZER_OPTIONS) setarch --addr-no-randomize build/sanitized-$*/lightmlp_tests
	$(SANITIZER_OPTIONS) setarch --addr-no-randomize env \
		ASAN_OPTIONS=detect_leaks=0 OPENBLAS_NUM_THREADS=1 \
		LD_PRELOAD="$(PRELOADED)" \
		$(BIN)/python -m tests.native.workload build/sanitized-$*/_native.*.so

lint: $(INSTALLED) ## formatting, types, arrows of import
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/clang-format --dry-run --Werror $(NATIVE)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED) ## format Python and C++ in place
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format
	$(BIN)/clang-format -i $(NATIVE)

bench: $(INSTALLED) ## measure against other libraries; BENCH_ARGS="--quick" for a first look
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

track: $(INSTALLED) ## record this commit's speed; TRACK_ARGS=--benchmark-compare to compare
	$(BIN)/pytest benchmarks/test_speed.py --benchmark-autosave $(TRACK_ARGS)

studies: $(INSTALLED) ## what options do to test scores; STUDY_ARGS="--data DIR" for other tables
	$(BIN)/python -m studies.effects $(STUDY_ARGS)
	$(BIN)/python -m studies.transfer $(STUDY_ARGS)

stubs: $(INSTALLED) ## regenerate the committed stub of the extension
	$(BIN)/python -m nanobind.stubgen -m lightmlp._native -o src/lightmlp/_native.pyi

clean: ## remove .venv and all build output
	rm -rf $(VENV) build

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# Two steps, since a build without isolation (which keeps its objects for the next build)
# needs its requirements installed beforehand.
$(VENV)/tools: pyproject.toml | $(BIN)/python
	$(BIN)/python -c 'import tomllib; project = tomllib.load(open("pyproject.toml", "rb")); \
		print(*project["build-system"]["requires"], "cmake", "ninja", sep="\n")' > $@.txt
	$(BIN)/pip install --quiet --requirement $@.txt
	touch $@

$(INSTALLED): $(VENV)/tools CMakeLists.txt $(NATIVE) src/lightmlp/_version.py
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pip install --quiet --no-build-isolation \
		--config-settings=build-dir=$(BUILD) \
		--config-settings=cmake.define.LIGHTMLP_BUILD_TESTS=ON --editable '.[dev]'
	touch $@
