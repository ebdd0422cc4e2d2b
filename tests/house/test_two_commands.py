"""`make run` and `make test` from nothing: the environment is made once, and what is missing is said in one line."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from booking.deploy import bootstrap
from tests.support.missing import PROJECT

PINS = ("requirements.txt", "tests/requirements.txt", "tests/requirements-node.txt")


class Environment:
    """A `.venv` that is only written down: what would be made and installed, in order."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[str] = []
        self.files = [folder / "requirements.txt", folder / "tests" / "requirements.txt"]
        (folder / "tests").mkdir()
        for file in self.files:
            file.write_text("flask==3.1.3\n")
        monkeypatch.setattr(bootstrap, "PROJECT", folder)
        monkeypatch.setattr(bootstrap, "VENV", folder / ".venv")
        monkeypatch.setattr(bootstrap, "PYTHON", folder / ".venv" / "bin" / "python")
        monkeypatch.setattr(bootstrap, "STAMP", folder / ".venv" / ".kodplats")
        monkeypatch.setattr(bootstrap, "make_venv", self._make)
        monkeypatch.setattr(bootstrap, "install", self._install)

    def _make(self) -> None:
        self.done.append("made")
        bootstrap.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        bootstrap.PYTHON.touch()

    def _install(self, files: Sequence[Path]) -> None:
        self.done.extend(file.parent.name if file.parent.name == "tests" else "run" for file in files)


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    return Environment(tmp_path, monkeypatch)


def test_given_a_fresh_clone_when_it_is_prepared_twice_then_the_second_time_does_nothing(
    environment: Environment,
) -> None:
    bootstrap.prepare(environment.files)
    first = list(environment.done)
    environment.done.clear()

    bootstrap.prepare(environment.files)

    assert first == ["made", "run", "tests"]
    assert environment.done == []


def test_given_a_demo_that_ran_when_the_tests_are_wanted_then_only_their_packages_are_added(
    environment: Environment,
) -> None:
    bootstrap.prepare(environment.files[:1])
    environment.done.clear()

    bootstrap.prepare(environment.files)

    assert environment.done == ["tests"]


def test_given_new_pins_when_prepared_again_then_only_those_are_installed(environment: Environment) -> None:
    bootstrap.prepare(environment.files)
    environment.done.clear()
    environment.files[0].write_text("flask==3.1.4\n")

    bootstrap.prepare(environment.files)

    assert environment.done == ["run"]


def test_given_an_install_that_broke_off_when_prepared_again_then_everything_is_made_anew(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(_: Sequence[Path]) -> None:
        raise bootstrap.CannotGoOn("no network")

    with monkeypatch.context() as broken:
        broken.setattr(bootstrap, "install", break_off)
        with pytest.raises(bootstrap.CannotGoOn):
            bootstrap.prepare(environment.files)
    environment.done.clear()

    bootstrap.prepare(environment.files)

    assert environment.done == ["made", "run", "tests"]


def test_given_a_folder_that_was_moved_when_prepared_again_then_the_environment_is_made_anew(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.prepare(environment.files)
    environment.done.clear()
    stamp = bootstrap.STAMP.read_text().replace(str(tmp_path), "/where/it/was")
    bootstrap.STAMP.write_text(stamp)

    bootstrap.prepare(environment.files)

    assert environment.done == ["made", "run", "tests"]


def test_given_no_pip_anywhere_then_one_line_says_which_package_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as bare:
        bare.setattr("shutil.which", lambda _: None)
        bare.setattr("importlib.util.find_spec", lambda _: None)
        bare.setattr(bootstrap, "pip_wheel", lambda: None)

        with pytest.raises(bootstrap.CannotGoOn, match=r"install python3\.\d+-venv \(or uv\)"):
            bootstrap.installers(tmp_path / ".venv")


def test_given_an_old_python_when_run_then_one_line_says_what_is_needed() -> None:
    # What an outer `make test PYTHON=...` has been told must not reach this one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}

    done = subprocess.run(
        ["make", "run", "PYTHON=false"], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode != 0
    said, *rest = done.stderr.splitlines()
    assert said.startswith("Kodplats needs Python 3.11 or newer")
    assert all(line.startswith("make") for line in rest)


@pytest.mark.parametrize("name", PINS)
def test_every_requirement_is_pinned_with_a_hash_and_names_no_address(name: str) -> None:
    text = (PROJECT / name).read_text(encoding="utf-8")

    requirements = re.split(r"\n(?=\S)", text.strip())

    assert all(re.match(r"[a-z0-9-]+==\S+ ", requirement) for requirement in requirements)
    assert all("--hash=sha256:" in requirement for requirement in requirements)
    assert "://" not in text


def test_the_two_requirement_files_agree_where_both_name_a_package() -> None:
    first, second = (
        dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (PROJECT / name).read_text(), re.MULTILINE)) for name in PINS[:2]
    )

    shared = first.keys() & second.keys()

    assert shared
    assert {name: first[name] for name in shared} == {name: second[name] for name in shared}


def test_the_npm_lock_has_a_hash_for_each_package_and_no_address() -> None:
    text = (PROJECT / "tests" / "package-lock.json").read_text(encoding="utf-8")

    packages = {name: facts for name, facts in json.loads(text)["packages"].items() if name}

    assert all(facts["integrity"].startswith("sha512-") for facts in packages.values())
    assert "resolved" not in text
    assert "://" not in text


def test_at_the_top_of_the_project_stands_only_what_a_newcomer_looks_for() -> None:
    welcome = {
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

    found = {path.name for path in PROJECT.iterdir() if not path.name.startswith(".")}

    assert found - {"build", "dist"} == welcome
