"""A verb that a higher room wraps is inner from then on: nothing but services may call it (design, arrow 3).

An inner verb says so in its docstring: "Inner: <room> wraps it …". A view, a command or the demo that called it would
change a slot and tell nobody.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.missing import PROJECT

PACKAGE = PROJECT / "booking"
MARK = "Inner:"


def inner_verbs() -> set[tuple[str, str]]:
    """Room and name of every inner verb."""
    return {
        (path.relative_to(PACKAGE).parts[0], node.name)
        for path in PACKAGE.rglob("*.py")
        if is_service(path)
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and MARK in (ast.get_docstring(node) or "")
    }


def is_service(path: Path) -> bool:
    parts = path.relative_to(PACKAGE).parts
    return len(parts) > 1 and parts[1].removesuffix(".py") == "services"


def calls(source: str) -> Iterator[tuple[str, str]]:
    """Every name of some room's services that a module uses, as room and name, however it imported them."""
    tree = ast.parse(source)
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        parts = node.module.split(".")
        if parts[0] != "booking" or len(parts) < 2:
            continue
        for alias in node.names:
            if parts[2:3] == ["services"]:
                yield parts[1], alias.name
                known[alias.asname or alias.name] = parts[1]  # a module of a folder: planning.call_off
            elif alias.name == "services":
                known[alias.asname or alias.name] = parts[1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
            yield known[node.value.id], node.attr


def test_the_verbs_that_higher_rooms_wrap_are_inner() -> None:
    assert inner_verbs() >= {
        ("programme", "call_off"),
        ("programme", "call_off_meeting"),
        ("programme", "move_meeting"),
        ("bookings", "call_off"),
    }


def test_nothing_but_services_calls_an_inner_verb() -> None:
    inner = inner_verbs()
    wrong = [
        f"{path.relative_to(PROJECT)}: {room}.{name}"
        for path in PACKAGE.rglob("*.py")
        if not is_service(path)
        for room, name in calls(path.read_text(encoding="utf-8"))
        if (room, name) in inner
    ]

    assert wrong == []


def test_the_three_ways_to_call_one_are_all_seen() -> None:
    ways = (
        "from booking.programme.services import call_off\ncall_off(1)",
        "from booking.programme import services as programme\nprogramme.call_off(1)",
        "from booking.programme.services import planning\nplanning.call_off(1)",
    )

    assert all(("programme", "call_off") in set(calls(way)) for way in ways)
    assert ("programme", "call_off") not in set(calls("from booking.bookings import services\nservices.call_off(1)"))
