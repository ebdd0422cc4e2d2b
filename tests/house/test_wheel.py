"""The wheel holds everything that the source tree has, and serves a page where only the wheel is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from booking import __version__
from booking.deploy import bootstrap
from tests.support.missing import PROJECT
from tests.support.processes import free_port
from tests.support.server import environment_for

IN_THE_WHEEL = ("booking", "templates", "static", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "*.mo", "*.mo.new")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source tree as an archive would hold it: no git, nothing compiled."""
    folder = tmp_path_factory.mktemp("source")
    for name in IN_THE_WHEEL:
        if (PROJECT / name).is_dir():
            shutil.copytree(PROJECT / name, folder / name, ignore=LEFT_OUT)
        else:
            shutil.copy2(PROJECT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=source)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs in an environment that holds the pinned requirements and the wheel, nothing else."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    _run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=venv.parent)
    # Compiling everything takes half of the time, and most of it is never imported here.
    pip = (*bootstrap.installers(venv)[0], "--no-compile")
    _run(*pip, "--require-hashes", "-r", PROJECT / "requirements.txt", cwd=venv.parent)
    _run(*pip, "--no-deps", wheel, cwd=venv.parent)
    return venv / "bin"


def test_every_file_of_the_package_and_its_templates_static_files_and_catalogues_is_in_the_wheel(
    source: Path, wheel: Path
) -> None:
    wanted = {f"booking/{path}" for path in _files(source / "booking")}
    wanted |= {f"booking/{room}/{path}" for room in ("templates", "static") for path in _files(source / room)}
    wanted |= {f"{name.removesuffix('.po')}.mo" for name in wanted if name.endswith(".po")}
    assert any(name.startswith("booking/store/migrations/versions/") for name in wanted)
    assert any(name.startswith("booking/demo/") and name.endswith(".csv") for name in wanted)
    assert any(name.endswith("sv/LC_MESSAGES/messages.mo") for name in wanted)

    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}

    assert held == wanted


def test_the_wheel_says_its_version_and_licence_and_asks_for_what_is_pinned(wheel: Path) -> None:
    pins = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (PROJECT / "requirements.txt").read_text(), re.MULTILINE))

    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        facts = Parser().parsestr(archive.read(name).decode())

    assert facts["Version"] == __version__
    assert facts["License-Expression"] == "EUPL-1.2"
    for line in facts.get_all("Requires-Dist", []):
        asked = Requirement(line)
        assert pins[asked.name.lower()] in asked.specifier, line


def test_given_only_the_wheel_when_it_is_installed_elsewhere_then_it_migrates_and_serves_a_page_with_its_style(
    installed: Path, tmp_path: Path
) -> None:
    environment = environment_for(database_url=f"sqlite:///{tmp_path / 'booking.db'}", instance=tmp_path)
    # Neither the checkout nor what is installed beside it may help.
    del environment["PYTHONPATH"]
    port = free_port()

    _run(installed / "kodplats", "db", "upgrade", cwd=tmp_path, env=environment)
    with _serving([installed / "kodplats", "run", "--port", str(port)], cwd=tmp_path, env=environment):
        page = _fetch(f"http://127.0.0.1:{port}/")
        addresses = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
        sheets = [_fetch(f"http://127.0.0.1:{port}{address}") for address in addresses]

    assert '<html lang="sv"' in page
    assert sheets
    assert all("{" in sheet for sheet in sheets)


def _files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":  # the build compiles its own hook
            yield path.relative_to(folder).as_posix()


def _run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


@contextmanager
def _serving(command: list[str | Path], *, cwd: Path, env: dict[str, str]) -> Iterator[None]:
    """The installed program for as long as the block lasts."""
    with (cwd / "log").open("wb") as output:
        process = subprocess.Popen(command, cwd=cwd, env=env, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def _fetch(address: str) -> str:
    """The text at the address, waiting for the server to come up."""
    for _ in range(200):
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                text: str = answer.read().decode()
                return text
        except urllib.error.URLError as fault:
            if isinstance(fault, urllib.error.HTTPError):
                raise
            time.sleep(0.1)
    raise AssertionError(f"{address} does not answer")
