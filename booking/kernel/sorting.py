"""Swedish order and folded text: no database that we run on sorts or folds å ä ö right."""

from __future__ import annotations

import unicodedata

_LETTERS = "abcdefghijklmnopqrstuvwxyzåäö"
# Letters of the neighbours that Swedish sorts as one of its own.
_SORTED_AS = {"æ": "ä", "ø": "ö", "œ": "ö", "ü": "y", "ű": "y", "ð": "d", "đ": "d", "þ": "th", "ł": "l", "ı": "i"}
_SPACE, _DIGITS, _FIRST_LETTER, _OTHER = 10, 20, 40, 99


def sort_key(text: str) -> str:
    """A key that orders texts as Swedish does: å ä ö last, case, signs and other accents ignored, "2" before "10".

    The key is digits only, so that every database orders it alike, whatever its collation.
    """
    words = [_word_key(word) for word in _words(text)]
    return str(_SPACE).join(word for word in words if word)


def search_key(*texts: str) -> str:
    """`texts` as free-text search reads them: case-folded, composed (NFC), without format characters, single spaces.

    å, ä and ö stay letters of their own. Fold what the visitor types with the same function.
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", " ".join(texts)).casefold())
    return " ".join("".join(sign for sign in folded if unicodedata.category(sign) != "Cf").split())


def _words(text: str) -> list[str]:
    folded = search_key(text)
    return "".join(sign if sign.isalnum() or unicodedata.category(sign)[0] == "M" else " " for sign in folded).split()


def _word_key(word: str) -> str:
    key, digits = "", ""
    for sign in word:
        if sign.isdecimal():
            digits += str(unicodedata.decimal(sign))
        else:
            key += _number_key(digits) + _letter_key(sign)
            digits = ""
    return key + _number_key(digits)


def _number_key(digits: str) -> str:
    """Numbers by size: shorter ones first, at most 19 digits count in that."""
    digits = digits.lstrip("0") or digits[:1]
    return f"{_DIGITS + min(len(digits), 19)}{digits}" if digits else ""


def _letter_key(sign: str) -> str:
    if sign in _LETTERS:
        return str(_FIRST_LETTER + _LETTERS.index(sign))
    if sign in _SORTED_AS:
        return "".join(map(_letter_key, _SORTED_AS[sign]))
    base = unicodedata.normalize("NFD", sign)[0]
    if base in _LETTERS:
        return _letter_key(base)
    return "" if unicodedata.category(sign)[0] == "M" else f"{_OTHER}{ord(sign):07d}"
