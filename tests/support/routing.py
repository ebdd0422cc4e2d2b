"""The same addresses in every application of a test run, compiled once: that took two thirds of making one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

_builders: dict[tuple[object, ...], Callable[..., Any]] = {}
_compile = Rule._compile_builder


def _compiled_once(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
    """What writes a rule's address depends on the rule's pieces and defaults, and on nothing of its application."""
    key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
    if key not in _builders:
        _builders[key] = _compile(rule, append_unknown)
    return _builders[key]


def compile_once() -> None:
    """From now on in this process."""
    Rule._compile_builder = _compiled_once  # type: ignore[assignment, method-assign]  # on purpose
