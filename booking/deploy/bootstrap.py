"""What `make` calls: from a fresh checkout to a running demo or a finished test, with the standard library alone.

Everything goes into the checkout (`.venv`, `.tools`, `instance`): no root, no system packages, no address of a package
index in any file. pip, uv and npm use the index that the user has configured.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

PROJECT = Path(__file__).resolve().parents[2]
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".kodplats"
TOOLS = PROJECT / ".tools"
TO_RUN = (PROJECT / "requirements.txt",)
TO_TEST = (*TO_RUN, PROJECT / "tests" / "requirements.txt")
FOR_NODE = PROJECT / "tests" / "requirements-node.txt"
WORKERS = "2"


class CannotGoOn(Exception):
    """Something is missing; the text is one line that says what to install or do."""


def main(target: str) -> int:
    """Do what the Makefile's target says; returns the exit status."""
    targets: dict[str, Callable[[], int]] = {
        "run": run,
        "test": test,
        "check": check,
        "bench": bench,
        "clean": clean,
        "pins": pins,
    }
    os.chdir(PROJECT)
    # Another Python's folders would be found before the ones of .venv.
    for name in ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PIP_USER", "PIP_TARGET", "PIP_PREFIX"):
        os.environ.pop(name, None)
    try:
        return targets[target]()
    except CannotGoOn as obstacle:
        say(str(obstacle))
        return 1
    except KeyboardInterrupt:
        return 130


# ---- the targets ----


def run() -> int:
    """The demo with its data, in this process's place, so that Ctrl-C and signals reach it."""
    prepare(TO_RUN)
    start(VENV / "bin" / "kodplats", "run", "--demo", "--port", os.environ.get("PORT") or "8000")


def test() -> int:
    """The gate and every test; with T="..." only the tests that pytest chooses by these arguments."""
    prepare_tests()
    chosen = shlex.split(os.environ.get("T", "") + " " + os.environ.get("ARGS", ""))
    alone = any(word in {"--pdb", "-n", "-s"} or word.startswith(("-n", "--numprocesses")) for word in chosen)
    # In our own order: the zones, which take longest, begin first.
    spread = () if alone else ("-n", WORKERS, "--dist", "loadfile", "--no-loadscope-reorder")
    tests = ("tests", (PYTHON, "-m", "pytest", *spread, *chosen))
    return steps([tests] if os.environ.get("T") else [*gate(), tests])


def check() -> int:
    """The gate alone, house tests included."""
    prepare_tests()
    return steps([*gate(), ("house tests", (PYTHON, "-m", "pytest", "tests/house", "-q", "-n", WORKERS))])


def bench() -> int:
    """The benchmark: one table, and the same as JSON."""
    prepare_tests()
    start(PYTHON, "-m", "tests.bench", *shlex.split(os.environ.get("ARGS", "")))


def clean() -> int:
    """Remove everything that can be fetched or made again. What people entered (`instance/`) is not that."""
    for folder in (VENV, TOOLS, PROJECT / "tests" / "node_modules", PROJECT / "build", PROJECT / "dist"):
        shutil.rmtree(folder, ignore_errors=True)
    for name in (".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", ".hypothesis"):
        shutil.rmtree(PROJECT / name, ignore_errors=True)
    for folder in (PROJECT / "booking", PROJECT / "tests"):
        for cache in list(folder.rglob("__pycache__")):
            shutil.rmtree(cache, ignore_errors=True)
    for catalogue in (PROJECT / "booking" / "translations").glob("*/LC_MESSAGES/*.mo"):
        catalogue.unlink()
    say("Clean. Your data in instance/ is untouched.")
    return 0


def pins() -> int:
    """Resolve anew what pyproject.toml asks for. Without comments: they would name the index and the folder."""
    uv = shutil.which("uv")
    if uv is None:
        raise CannotGoOn("`make pins` needs uv: pip install uv")
    command = [
        uv, "pip", "compile", "--quiet", "--upgrade", "--universal", "--python-version", "3.11", "--generate-hashes",
        "--no-annotate", "--no-header", "--no-emit-index-url",
    ]  # fmt: skip
    calls: list[tuple[Path, Sequence[str]]] = [
        (TO_RUN[0], ["pyproject.toml"]),
        (TO_TEST[1], ["--group", "pyproject.toml:test", "--constraint", "requirements.txt"]),
        (FOR_NODE, ["--group", "pyproject.toml:node"]),
    ]
    for output, what in calls:
        call([*command, *what, "--output-file", str(output)], obstacle="uv could not resolve pyproject.toml")
    return 0


# ---- the environment ----


def prepare_tests() -> None:
    """What `run` needs, the test tools, the packages from npm, a Chromium; once."""
    has_node = shutil.which("node") and shutil.which("npm")
    prepare(TO_TEST if has_node else (*TO_TEST, FOR_NODE))
    if subprocess.run([PYTHON, "-m", "tests.support.prepare"], check=False).returncode:
        raise CannotGoOn("The tests were not run.")


def prepare(requirements: Sequence[Path]) -> None:
    """`.venv` with exactly these pins, the project on its path, translations compiled. A second time does nothing."""
    wanted = {path.relative_to(PROJECT).as_posix(): fingerprint(path) for path in requirements}
    place, have = read_stamp()
    if place != where_it_stands():
        make_venv()
        have = {}
    if missing := {name: mark for name, mark in wanted.items() if have.get(name) != mark}:
        install([PROJECT / name for name in missing])
        put_project_on_path()
        write_stamp({**have, **wanted})
    compile_translations()


def where_it_stands() -> str:
    """A venv is bound to its folder and its Python: after a move or an upgrade it is made anew. "": it is broken."""
    return f"{PROJECT} {os.path.realpath(PYTHON)}" if PYTHON.exists() else ""


def read_stamp() -> tuple[str, dict[str, str]]:
    """Where the finished `.venv` stood, and the fingerprint of each requirement file it has."""
    if not STAMP.exists():
        return "no stamp", {}
    first, *rest = STAMP.read_text(encoding="utf-8").splitlines()
    return first, dict(line.split(" ", 1) for line in rest)


def write_stamp(have: dict[str, str]) -> None:
    lines = [where_it_stands(), *(f"{name} {mark}" for name, mark in sorted(have.items()))]
    STAMP.write_text("\n".join(lines) + "\n", encoding="utf-8")


def fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_venv() -> None:
    """With pip inside where Python can do that, else without: Debian splits the venv module's pip into a package."""
    say("Making .venv (once) ...")
    shutil.rmtree(VENV, ignore_errors=True)
    bare = importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None
    if not bare and not shutil.which("uv"):
        if not failed([sys.executable, "-m", "venv", VENV]):
            return
        shutil.rmtree(VENV, ignore_errors=True)
    if not failed([sys.executable, "-m", "venv", "--without-pip", VENV]):
        return
    uv = shutil.which("uv")
    if uv and not failed([uv, "venv", "--quiet", "--python", sys.executable, VENV]):
        return
    raise CannotGoOn(f"This Python cannot make a virtual environment: install {venv_package()} (or uv).")


def venv_package() -> str:
    return f"python{sys.version_info.major}.{sys.version_info.minor}-venv"


# ---- installing ----


def install(files: Sequence[Path]) -> None:
    """Every requirement with its hash checked, by uv if it is there and works, else by whichever pip there is."""
    usable = installers(VENV)
    count = sum(len(re.findall(r"^[A-Za-z0-9]", path.read_text(encoding="utf-8"), re.MULTILINE)) for path in files)
    say(f"Installing {count} packages into .venv (once) ...")
    began = time.monotonic()
    asked = [part for path in files for part in ("-r", str(path))]
    fault = ""
    for installer in usable:
        if not (fault := failed([*installer, "--require-hashes", *asked])):
            say(f"... done in {time.monotonic() - began:.0f} s.")
            return
    raise CannotGoOn(f"The packages could not be installed; is the package index in reach? {fault}")


def installers(venv: Path) -> list[list[str | Path]]:
    """Commands that install into the environment, best first. Raises CannotGoOn when there is none."""
    python = venv / "bin" / "python"
    quiet: list[str | Path] = ["install", "--quiet", "--disable-pip-version-check", "--no-input"]
    found: list[list[str | Path]] = []
    if uv := shutil.which("uv"):
        # uv looks only at its own list of certificates unless told; behind a company's proxy that list does not do.
        os.environ.setdefault("UV_SYSTEM_CERTS", "1")
        found.append([uv, "pip", "install", "--quiet", "--python", python])
    if any((venv / "lib").glob("python*/site-packages/pip")):
        found.append([python, "-m", "pip", *quiet])
    elif wheel := pip_wheel():
        # A wheel is a zip that Python can run.
        found.append([python, wheel / "pip", *quiet])
    elif importlib.util.find_spec("pip"):
        found.append([sys.executable, "-m", "pip", "--python", python, *quiet])
    if not found:
        raise CannotGoOn(f"There is no pip for {venv.name}: install {venv_package()} (or uv), then start again.")
    return found


def pip_wheel() -> Path | None:
    """The pip that Python or the system keeps for new environments, newest first."""
    folders = [Path("/usr/share/python-wheels")]
    spec = importlib.util.find_spec("ensurepip")
    if spec and spec.origin:
        folders.insert(0, Path(spec.origin).parent / "_bundled")
    found = [wheel for folder in folders for wheel in folder.glob("pip-*.whl")]
    return max(found, key=lambda wheel: [int(part) for part in re.findall(r"\d+", wheel.name)], default=None)


def put_project_on_path() -> None:
    """A line of text does what an editable install does, without a build; and the `kodplats` command beside it."""
    for packages in (VENV / "lib").glob("python*/site-packages"):
        (packages / "kodplats.pth").write_text(os.path.relpath(PROJECT, packages) + "\n", encoding="utf-8")
    command = VENV / "bin" / "kodplats"
    command.write_text(f"#!{PYTHON}\nimport sys\nfrom booking.app import main\nsys.exit(main())\n", encoding="utf-8")
    command.chmod(0o755)


def compile_translations() -> None:
    """Those that are older than their source; a missing one would show English without a word."""
    for source in (PROJECT / "booking" / "translations").glob("*/LC_MESSAGES/*.po"):
        finished = source.with_suffix(".mo")
        if not finished.exists() or finished.stat().st_mtime < source.stat().st_mtime:
            call([PYTHON, PROJECT / "booking" / "deploy" / "catalogues.py"], obstacle="The translations do not compile")
            return


# ---- the gate ----


def gate() -> list[tuple[str, Sequence[str | Path]]]:
    """Name and command of each judge that reads the code without running it."""
    return [
        ("ruff", (PYTHON, "-m", "ruff", "check", "--quiet")),
        ("format", (PYTHON, "-m", "ruff", "format", "--check", "--quiet")),
        ("types", (PYTHON, "-m", "mypy")),
        ("arrows", (VENV / "bin" / "lint-imports", "--no-logo")),
    ]


def steps(todo: Sequence[tuple[str, Sequence[str | Path]]]) -> int:
    """Run them all, also after a failure, so that one look shows everything; returns 1 if any failed."""
    verdicts = []
    for name, command in todo:
        began = time.monotonic()
        status = subprocess.run(command, check=False).returncode
        verdicts.append((name, status, time.monotonic() - began))
    for name, status, seconds in verdicts:
        say(f"{'failed' if status else 'ok':>6}  {name} ({seconds:.1f} s)")
    return 1 if any(status for _, status, _ in verdicts) else 0


# ---- processes ----


def start(*command: str | Path) -> NoReturn:
    """Become that program."""
    sys.stdout.flush()
    os.execv(command[0], [str(part) for part in command])


def call(command: Sequence[str | Path], *, obstacle: str) -> None:
    if fault := failed(command):
        raise CannotGoOn(f"{obstacle}: {fault}")


def failed(command: Sequence[str | Path]) -> str:
    """Empty when the command did what it should, else the end of what it complained about, on one line."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    except OSError as fault:
        return str(fault)
    if done.returncode == 0:
        return ""
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    return " / ".join(lines[-3:]) or f"it ended with status {done.returncode}"


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
