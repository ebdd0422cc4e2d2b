"""Roles in words. The names of places come from the room above, through the composition root."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from flask import current_app

from booking.accounts.rules.roles import ROLE_WORDS, Ground, Post
from booking.web.texts import gettext

KEY = "kodplats.grounds"
Grounds = Callable[[], list[Ground]]


class ToldPost(NamedTuple):
    """A role as a page says it."""

    role: str
    where: str


def all_grounds() -> list[Ground]:
    """Every organisation with its places."""
    ask: Grounds = current_app.extensions[KEY]
    return ask()


def told(posts: Iterable[Post]) -> list[ToldPost]:
    """Roles and their places in the page's language. One query, or none when all are held everywhere."""
    held = list(posts)
    known = [] if all(post.is_everywhere for post in held) else all_grounds()
    organisations = {ground.organisation_id: ground.name for ground in known}
    places = {number: name for ground in known for number, name in ground.places}
    return [ToldPost(gettext(ROLE_WORDS[post.role]), _where(post, organisations, places)) for post in held]


def _where(post: Post, organisations: dict[int, str], places: dict[int, str]) -> str:
    if post.place_id is not None:
        return places.get(post.place_id, "?")
    if post.organisation_id is not None:
        return gettext("All of %(name)s", name=organisations.get(post.organisation_id, "?"))
    return gettext("Everywhere")
