"""Time and chance come in through the edges (design, rule 5), and only verbs commit (rule 2). Read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.missing import PROJECT

PACKAGE = PROJECT / "booking"
# Not the application: it runs before anything is installed, or inside the server and the build.
OUTSIDE = {"deploy/bootstrap.py", "deploy/gunicorn.conf.py", "deploy/build_hook.py", "deploy/catalogues.py"}

MAY_ASK_THE_CLOCK = {"kernel/act.py"}
MAY_DRAW = {"kernel/act.py", "settings.py"}
MAY_NAME_THE_ZONE = {"kernel/clock.py"}
MAY_COMMIT = {"store/engine.py", "store/writing.py", "store/migrating.py"}

NOW = {"now", "utcnow", "today"}
CLOCKS = {"datetime", "date", "dt.datetime", "dt.date", "datetime.datetime", "datetime.date"}
STOPWATCHES = {"monotonic", "perf_counter", "sleep"}
CHANCE = {"random", "secrets", "uuid"}


def _sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if name not in OUTSIDE:
            yield name, ast.parse(path.read_text(encoding="utf-8"), str(path))


def _calls(module: ast.AST) -> Iterator[tuple[str, str, int]]:
    """(what is before the last dot, the name that is called, line) of every call."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield ast.unparse(node.func.value), node.func.attr, node.lineno


def _imports(module: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def test_only_the_edge_asks_what_time_it_is() -> None:
    asked = [
        f"{name}:{line} {before}.{called}()"
        for name, module in _sources()
        if name not in MAY_ASK_THE_CLOCK
        for before, called, line in _calls(module)
        if called in NOW and before in CLOCKS
    ]

    assert asked == []


def test_time_is_imported_for_stopwatches_alone() -> None:
    """`time.monotonic` measures how long something takes and `time.sleep` waits; neither says what time it is."""
    used = [
        f"{name}:{node.lineno} time.{node.attr}"
        for name, module in _sources()
        if "time" in {found for found, _ in _imports(module)}
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "time" and node.attr not in STOPWATCHES
    ]
    named = [
        f"{name}:{line} {found}"
        for name, module in _sources()
        for found, line in _imports(module)
        if found.startswith("time.") and found.removeprefix("time.") not in STOPWATCHES
    ]

    assert used + named == []


def test_only_the_edge_and_the_settings_draw_by_chance() -> None:
    drawn = [
        f"{name}:{line} {found}"
        for name, module in _sources()
        if name not in MAY_DRAW
        for found, line in _imports(module)
        if found.split(".")[0] in CHANCE
    ]
    drawn += [
        f"{name}:{line} os.urandom"
        for name, module in _sources()
        for before, called, line in _calls(module)
        if (before, called) == ("os", "urandom")
    ]

    assert drawn == []


def test_one_module_knows_where_the_libraries_are() -> None:
    texts = [
        f"{name}:{node.lineno}"
        for name, module in _sources()
        if name not in MAY_NAME_THE_ZONE
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "Europe/Stockholm" in node.value
    ]

    assert texts == []


def test_only_writes_commits() -> None:
    committed = [
        f"{name}:{line} {before}.{called}()"
        for name, module in _sources()
        if name not in MAY_COMMIT
        for before, called, line in _calls(module)
        if called == "commit"
    ]

    assert committed == []


def test_what_writes_stands_in_services_and_its_public_verbs_are_marked() -> None:
    """A verb that others may call carries `@writes`; what only its own room's services call joins theirs."""
    unmarked = []
    for name, module in _sources():
        for function in [node for node in module.body if isinstance(node, ast.FunctionDef)]:
            if not _sends_a_change(function) or name == "store/audit.py":  # the trail is written inside every verb
                continue
            if name == "demo/loading.py" and _is_marked(function):  # empties every room's tables, for the demo alone
                continue
            if "services" not in (Path(name).stem, *Path(name).parts):
                unmarked.append(f"{name}:{function.lineno} {function.name} changes the database outside services")
            elif function.name in _offered(name, module) and not _is_marked(function):
                unmarked.append(f"{name}:{function.lineno} {function.name} is no verb")

    assert unmarked == []


def _offered(name: str, module: ast.Module) -> set[str]:
    """What a services module offers to others: its public functions, or those that the folder's __init__ names."""
    if Path(name).stem == "services":
        return {node.name for node in module.body if isinstance(node, ast.FunctionDef) and node.name[0] != "_"}
    front = PACKAGE / Path(name).parent / "__init__.py"
    return {found.rpartition(".")[2] for found, _ in _imports(ast.parse(front.read_text(encoding="utf-8")))}


def _sends_a_change(function: ast.FunctionDef) -> bool:
    names = {
        node.func.id for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    adds = any(
        called in ("add", "add_all", "delete") and "session()" in before for before, called, _ in _calls(function)
    )
    return bool(names & {"insert", "update", "delete"}) or adds


def _is_marked(function: ast.FunctionDef) -> bool:
    return any(ast.unparse(mark) == "writes" for mark in function.decorator_list)
