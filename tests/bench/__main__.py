"""Runs the benchmark; see the package's docstring."""

from __future__ import annotations

import sys

from tests.bench.run import main

sys.exit(main())
