"""What addresses may look like: numbers in routes, and where a form may send its reader on."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from werkzeug.routing import IntegerConverter, Map


def local_path(wish: str | None, *, otherwise: str = "/") -> str:
    """`wish` when it is a path on this site, else `otherwise` (requirement E8).

    Browsers read backslashes as slashes and skip controls, so such a wish is refused, encoded too.
    """
    if not wish or len(wish) > 2000 or " " in wish or not _is_local(wish) or not _is_local(unquote(wish)):
        return otherwise
    return wish


def _is_local(path: str) -> bool:
    return path.startswith("/") and not path.startswith("//") and path.isprintable() and "\\" not in path


class NumberConverter(IntegerConverter):
    """`<int:…>` in routes: a row's number in plain digits, as large as databases count. Others lead nowhere: 404."""

    regex = "[0-9]{1,19}"

    def __init__(self, routes: Map, **limits: Any) -> None:
        super().__init__(routes, **{"max": 2**63 - 1, **limits})
