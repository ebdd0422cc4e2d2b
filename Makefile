# Every target calls one script that needs Python's standard library only: booking/deploy/bootstrap.py
#
#   make run      serve the demo at http://127.0.0.1:8000 (PORT=8123 for another port)
#   make test     everything: the gate, then all tests (T="tests/places -k slug" for some of them)
#   make check    the gate alone: ruff, types, arrows, house tests
#   make bench    the benchmark (ARGS=... goes to it)
#   make clean    remove what the other targets fetched or compiled; your data in instance/ stays
#   make pins     resolve the dependencies anew into the hashed requirement files (needs uv)
#
# PYTHON=python3.13 chooses the Python; without it the first one of the list below that is new enough is taken.

PORT ?= 8000
PYTHONS := python3 python3.14 python3.13 python3.12 python3.11
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))

export PORT T ARGS

.PHONY: run test check bench clean pins

run test check bench clean pins:
	@for python in $(or $(PYTHON),$(PYTHONS)); do \
		if "$$python" -c '$(NEW_ENOUGH)' 2>/dev/null; then exec "$$python" -I booking/deploy/bootstrap.py $@; fi; \
	done; \
	echo "Kodplats needs Python 3.11 or newer ($(or $(PYTHON),python3) is missing or older): install it, or name one: make $@ PYTHON=/path/to/python3" >&2; \
	exit 1
