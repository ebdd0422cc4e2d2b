"""Translation functions with types: flask-babel brings none.

English sentences are the msgids. `N_` marks one for the catalogue and leaves it as it is, `L_` translates it when it is
shown, the others at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask_babel

from booking.kernel.refusal import N_

__all__ = ["L_", "N_", "gettext", "ngettext"]

gettext: Callable[..., str] = flask_babel.gettext
ngettext: Callable[..., str] = flask_babel.ngettext
# Typed as a string, since that is what it is to everybody who shows it.
L_: Callable[..., Any] = flask_babel.lazy_gettext
