"""A real Chromium for the journeys, and axe to judge what it shows.

Looked for in this order: KODPLATS_CHROMIUM, PATH, Playwright's own downloads (tried once), the npm package
@sparticuz/chromium (Linux on x86-64), which brings its libraries and needs nothing from the system.
"""

from __future__ import annotations

import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.support import node
from tests.support.missing import PROJECT, TOOLS, Missing

ON_PATH = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
_RUN_AXE = """([within, tags]) => axe.run(
    within || document,
    {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]},
)"""
_DOWNLOADS = TOOLS / "playwright"
_PACKED = "@sparticuz/chromium/bin"


@dataclass(frozen=True)
class Chromium:
    """A browser that answered `--version`, with the environment it needs."""

    executable: Path
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Violation:
    """One rule of axe that the page breaks, with the elements that do."""

    rule: str
    impact: str
    help: str
    targets: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.rule} ({self.impact}): {self.help}: {', '.join(self.targets)}"


@cache
def find() -> Chromium:
    """The first Chromium that runs, without fetching any. Raises Missing."""
    if chosen := os.environ.get("KODPLATS_CHROMIUM"):
        if not _runs(Chromium(Path(chosen))):
            raise Missing(f"KODPLATS_CHROMIUM is {chosen}, which does not run with --version.")
        return Chromium(Path(chosen))
    on_path = (Chromium(Path(found)) for name in ON_PATH if (found := shutil.which(name)))
    for candidate in (*on_path, *_downloaded(), *_unpacked()):
        if _runs(candidate):
            return candidate
    raise Missing(
        "The browser tests need a Chromium: install one (package chromium), or set KODPLATS_CHROMIUM to its program, "
        "or let `make test` fetch one."
    )


def prepare() -> Chromium:
    """As `find`, but fetches one where there is none. Raises Missing."""
    try:
        return find()
    except Missing:
        if os.environ.get("KODPLATS_CHROMIUM"):
            raise
    _download()
    if not any(_runs(candidate) for candidate in _downloaded()):
        _unpack()
    return find()


@contextmanager
def launch() -> Iterator[Any]:
    """A running Playwright browser; closed at the end."""
    from playwright.sync_api import sync_playwright

    chromium = find()
    node.use_for_playwright()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.executable,
            args=list(ARGUMENTS),
            env={**os.environ, **chromium.environment},
        )
        try:
            yield browser
        finally:
            browser.close()


def axe(page: Any, *, within: str | None = None) -> list[Violation]:
    """What axe finds wrong on the page (WCAG 2.2 AA and good practice), or in the element `within`; [] is good.

    axe's text is evaluated: our Content-Security-Policy rightly stops a script tag with it.
    """
    page.evaluate(_axe_text())
    found = page.evaluate(_RUN_AXE, [within, list(AXE_TAGS)])
    return [
        Violation(
            rule=violation["id"],
            impact=violation["impact"] or "unknown",
            help=violation["help"],
            targets=tuple(" ".join(map(str, element["target"])) for element in violation["nodes"]),
        )
        for violation in found["violations"]
    ]


@cache
def _axe_text() -> str:
    return node.package("axe-core/axe.min.js").read_text(encoding="utf-8")


def _runs(chromium: Chromium) -> bool:
    environment = {**os.environ, **chromium.environment}
    try:
        done = subprocess.run(
            [chromium.executable, "--no-sandbox", "--version"],
            env=environment,
            capture_output=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


# ---- Playwright's own downloads ----


def _downloaded() -> list[Chromium]:
    """Browsers that `playwright install` has put down, here or in the user's cache; the newest first."""
    caches = [
        _DOWNLOADS,
        Path.home() / ".cache" / "ms-playwright",
        Path.home() / "Library" / "Caches" / "ms-playwright",
    ]
    if chosen := os.environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        caches.insert(0, Path(chosen))
    names = ("headless_shell", "chrome-headless-shell", "chrome", "Chromium")
    found = [
        path for folder in caches for name in names for path in folder.glob(f"chromium*/**/{name}") if path.is_file()
    ]
    return [Chromium(path) for path in sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)]


def _download() -> None:
    """Try `playwright install`. Behind a registry mirror it cannot reach its server: then the next source is asked."""
    node.use_for_playwright()
    environment = {
        **os.environ,
        "PLAYWRIGHT_BROWSERS_PATH": str(_DOWNLOADS),
        "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "10000",
    }
    command = [sys.executable, "-m", "playwright", "install", "chromium-headless-shell"]
    try:
        subprocess.run(command, env=environment, capture_output=True, timeout=300, check=False)
    except subprocess.TimeoutExpired:
        return


# ---- the npm package ----


def _home() -> Path:
    return TOOLS / "chromium"


def _unpacked() -> list[Chromium]:
    home = _home()
    if not (home / "complete").exists():
        return []
    libraries = [str(home / "lib"), str(home), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
    environment = {"LD_LIBRARY_PATH": os.pathsep.join(libraries), "FONTCONFIG_FILE": str(home / "fonts.conf")}
    return [Chromium(home / "chromium", environment)]


def _unpack() -> None:
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise Missing(
            "The browser tests need a Chromium and none could be fetched: install one, or set KODPLATS_CHROMIUM to it."
        )
    import brotli

    node.install(with_browser=True)
    home = _home()
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    for archive in ("al2023", "fonts", "swiftshader"):
        packed = (node.MODULES / _PACKED / f"{archive}.tar.br").read_bytes()
        with tarfile.open(fileobj=io.BytesIO(brotli.decompress(packed))) as tar:
            # Python 3.11.4 and later refuse what would land outside; npm has checked the archive's hash already.
            tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
            tar.extractall(home)
    program = home / "chromium"
    program.write_bytes(brotli.decompress((node.MODULES / _PACKED / "chromium.br").read_bytes()))
    program.chmod(0o755)
    (home / "fonts.conf").write_text(_fonts_conf(home), encoding="utf-8")
    (home / "complete").touch()


def _fonts_conf(home: Path) -> str:
    """The package's own names folders that do not exist, and without any font every element's innerText is empty."""
    folders = (home / "fonts", PROJECT / "static" / "fonts", Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
    lines = "\n".join(f"  <dir>{folder}</dir>" for folder in folders)
    return f"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
{lines}
  <cachedir>{home / "fonts-cache"}</cachedir>
</fontconfig>
"""
