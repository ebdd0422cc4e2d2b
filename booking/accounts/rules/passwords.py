"""Which passwords are let in: long ones that nobody guesses first (requirement D8; NIST SP 800-63B, 3.1.1.2). Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise

from booking.kernel.refusal import N_, Refused

LEAST = 12
# Longer than any sentence, and short enough that hashing it costs nothing beside argon2 itself.
MOST = 200
_FEWEST_SIGNS = 5
_EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")


class TooShort(Refused):
    message = N_("Use at least %(least)s characters. Three or four words in a row are easy to remember.")
    field = "password"


class TooLong(Refused):
    message = N_("Use at most %(most)s characters.")
    field = "password"


class TooCommon(Refused):
    message = N_("This password is among the first that others guess. Choose words that do not belong together.")
    field = "password"


def check(password: str, *, common: Collection[str], context: Iterable[str] = ()) -> None:
    """Refuse a password that is too short or too common. No rule about kinds of signs: those make passwords alike.

    `common` holds case-folded words; `context` what a stranger who knows the site and the person tries first.
    """
    if len(password) < LEAST:
        raise TooShort(least=LEAST)
    if len(password) > MOST:
        raise TooLong(most=MOST)
    folded = unicodedata.normalize("NFKC", password).casefold()
    known = {_bare(word) for word in context} - {""}
    is_guessed = any(guess in common or guess in known for guess in _guesses(folded, known))
    if len(set(folded)) < _FEWEST_SIGNS or _is_run(folded) or is_guessed:
        raise TooCommon


def _guesses(folded: str, known: Iterable[str]) -> Iterator[str]:
    """What of a password is left when its ornament is taken off: figures at its ends, repetition, context words."""
    core = _EDGES.sub("", folded)
    yield from (folded, core, _once(folded), _once(core))
    bare = _bare(core)
    yield bare
    for word in known:
        if word in bare:
            # "kodplatskodplats", "sommarkodplats": what stands around a context word is no secret by itself.
            rest = bare.replace(word, "")
            yield rest or word


def _is_run(text: str) -> bool:
    """Signs in a row, up or down: 123456789012, abcdefghijkl."""
    return len({(ord(after) - ord(before)) % 10 for before, after in pairwise(text)}) == 1


def _once(text: str) -> str:
    """The piece that a text repeats from end to end; the text itself when it does not."""
    length = (text + text).find(text, 1)
    return text[:length] if length > 0 else text


def _bare(text: str) -> str:
    return re.sub(r"[\W_\d]+", "", text.casefold())
