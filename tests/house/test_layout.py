"""Where things stand: the top level, the files of a room, and nothing of anybody's machine in any file."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.support.missing import PROJECT

TOP = {
    "booking",
    "templates",
    "static",
    "instance",
    "tests",
    "pyproject.toml",
    "README.md",
    "Makefile",
    "CHANGELOG.md",
    "LICENSE",
    "requirements.txt",
}
ROOMS = {
    "outbox",
    "accounts",
    "places",
    "trainers",
    "programme",
    "bookings",
    "subscriptions",
    "front",
    "calendars",
    "demo",
}
ROOM_FILES = {"__init__", "rules", "models", "queries", "services", "forms", "views"}
# What a room has beside them, each with its reason.
OWN_FILES = {
    "accounts": {"current", "guards", "menu"},  # the edge: who acts, who may, and what they are led to
    "programme": {"slot_acts"},  # what rooms above add to a slot's page
    "outbox": {"rendering", "invitation", "message", "transports", "worker"},  # the way of a letter out of the house
    "demo": {"accounts", "content", "crew", "loading", "staffing"},  # no room of the product: texts and a loader
}

# Maj is one of the cast.
MACHINE = re.compile(r"(?<![\w.])/(?:root|work|Users)/|(?<![\w.])/home/(?!maj/)\w+/|(?<![\w])[A-Z]:\\\\Users")
REGISTRY = re.compile(
    r"https?://[\w.-]*(?:pypi|pythonhosted|npmjs|npmmirror|yarnpkg|artifactory|nexus|jfrog)[\w.-]*", re.IGNORECASE
)
TEXTS = {
    ".py",
    ".html",
    ".txt",
    ".css",
    ".js",
    ".cjs",
    ".json",
    ".toml",
    ".md",
    ".po",
    ".svg",
    ".csv",
    ".yml",
    ".yaml",
    ".conf",
    ".cfg",
    "",
}


@cache
def _files() -> tuple[str, ...]:
    """What git keeps or would keep; in a tree without git everything but what is fetched or made."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        pytest.fail("this test asks git which files belong to the project: run it in a clone, with git installed")
    return tuple(name for name in listed if (PROJECT / name).is_file())


def test_the_top_level_holds_only_what_the_design_names() -> None:
    top = {name.partition("/")[0] for name in _files()}

    assert {name for name in top if not name.startswith(".")} - TOP == set()


def test_the_instance_is_not_kept() -> None:
    assert [name for name in _files() if name.startswith("instance/")] == ["instance/.gitignore"]


def test_nothing_made_or_fetched_is_kept() -> None:
    made = [
        name for name in _files() if name.endswith((".mo", ".pyc", ".db", ".log", ".lock")) or "node_modules/" in name
    ]

    assert made == []


def test_a_room_has_the_files_that_every_room_has() -> None:
    strange = [
        name
        for name in _files()
        if (parts := Path(name).parts)[0] == "booking"
        and len(parts) == 3
        and parts[1] in ROOMS
        and name.endswith(".py")
        if Path(name).stem not in ROOM_FILES | OWN_FILES.get(parts[1], set())
    ]

    assert strange == []


def test_a_subject_that_outgrew_its_file_is_a_folder_of_that_name() -> None:
    folders = {Path(name).parts[2] for name in _files() if _is_room_python(name) and len(Path(name).parts) > 3}

    assert folders - ROOM_FILES == set()


@pytest.mark.parametrize(
    ("what", "pattern"), [("a path of somebody's machine", MACHINE), ("a registry's address", REGISTRY)]
)
def test_no_file_holds(what: str, pattern: re.Pattern[str]) -> None:
    found = [
        f"{name}: {hit[0]}"
        for name in _files()
        if Path(name).suffix in TEXTS and name != "tests/house/test_layout.py"
        for hit in pattern.finditer((PROJECT / name).read_text(encoding="utf-8"))
    ]

    assert found == [], what


def test_every_file_is_utf8_with_plain_line_breaks() -> None:
    wrong = [
        name for name in _files() if Path(name).suffix in TEXTS - {".csv"} and b"\r" in (PROJECT / name).read_bytes()
    ]

    assert wrong == []


def _is_room_python(name: str) -> bool:
    parts = Path(name).parts
    return parts[0] == "booking" and len(parts) > 2 and parts[1] in ROOMS and name.endswith(".py")
