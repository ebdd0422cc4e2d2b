"""Before the tests: fetch what comes from npm, find the browser and PostgreSQL. Called by `make test`."""

from __future__ import annotations

import sys

from tests.support import chromium, node, postgres
from tests.support.missing import Missing


def main() -> int:
    try:
        node.install(with_browser=False)
        chromium.prepare()
        postgres.binaries()
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
