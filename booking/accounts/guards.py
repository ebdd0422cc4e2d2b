"""Every view carries a guard; one without fails the build (design, arrow 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import abort, g, redirect, request, session, url_for

from booking.accounts import queries, services
from booking.accounts.current import current_act, current_staff
from booking.accounts.queries.staff import SignedIn
from booking.accounts.rules import Purpose
from booking.accounts.rules.roles import Capability, Scope, may, needs_second_factor, scope
from booking.kernel import clock

P = ParamSpec("P")
R = TypeVar("R")

GRANTS = "grants"
GRANT_SECONDS = 2 * 60 * 60


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Anybody may see this page."""
    view.__dict__["guard"] = "public"
    return view


def holds_link(*purposes: Purpose) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Only a browser that opened a living link of one of `purposes` lately; others get the 404 of a wrong address.

    `g.links` then holds the living links; whether one of them opens the object asked for is the query's to decide.
    """

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            g.links = [link for link in living_links() if link.purpose in purposes]
            if not g.links:
                abort(404)
            return view(*args, **kwargs)

        guarded.__dict__["guard"] = "link:" + ",".join(purposes)
        return guarded

    return mark


def holds_secret(purpose: Purpose) -> Callable[[Callable[[queries.LivingLink], R]], Callable[[str], R]]:
    """Only whoever knows the secret in the address, `token`, of a living link for `purpose`; the view gets the link.

    For what programs fetch: no session, no cookie. A wrong, ended, revoked or malformed secret, and one for another
    purpose, all take the same way to the same 404 (requirement F5). The day of the last fetch is noted, no more.
    """

    def mark(view: Callable[[queries.LivingLink], R]) -> Callable[[str], R]:
        @wraps(view)
        def guarded(token: str) -> R:
            act = current_act()
            link = queries.by_token(token, now=act.now)
            if link is None or link.purpose is not purpose:
                abort(404)
            if link.last_used_on != clock.local_day(act.now):
                services.note_use(link.id, act=act)
            return view(link)

        guarded.__dict__["guard"] = f"secret:{purpose}"
        return guarded

    return mark


def requires(capability: Capability) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Only staff who have `capability` somewhere; others of the staff get 403, everybody else the sign-in page.

    Where they have it is the query's to ask: `where(capability)` (requirement D3).
    """

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            staff = _staff_or_away()
            _second_factor_or_away(staff)
            if not may(staff.posts, capability):
                abort(403)
            return view(*args, **kwargs)

        guarded.__dict__["guard"] = f"staff:{capability}"
        return guarded

    return mark


def signed_in(view: Callable[P, R]) -> Callable[P, R]:
    """Anybody of the staff, whatever the role; everybody else gets the sign-in page."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        _second_factor_or_away(_staff_or_away())
        return view(*args, **kwargs)

    guarded.__dict__["guard"] = "staff"
    return guarded


def signing_up(view: Callable[P, R]) -> Callable[P, R]:
    """Anybody of the staff, also before the second factor that the role demands is set up: here it is."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        _staff_or_away()
        return view(*args, **kwargs)

    guarded.__dict__["guard"] = "staff"
    return guarded


def this_staff() -> SignedIn:
    """Who is signed in, behind a guard of staff."""
    staff = current_staff()
    assert staff is not None, "only behind a guard of staff"
    return staff


def where(capability: Capability) -> Scope:
    """Where the one who is signed in has `capability`: what the view hands to its query."""
    return scope(this_staff().posts, capability)


def _staff_or_away() -> SignedIn:
    staff = current_staff()
    if staff is None or staff.is_half:
        # A form cannot be sent again by a link, so only what was looked at is gone back to.
        here = request.full_path.rstrip("?") if request.method == "GET" else ""
        wish: dict[str, Any] = {"next": request.script_root + here} if here else {}
        abort(redirect(url_for("accounts.sign_in", **wish), 303))
    return staff


def _second_factor_or_away(staff: SignedIn) -> None:
    if needs_second_factor(staff.posts) and not staff.is_strong:
        abort(redirect(url_for("accounts.second_factor"), 303))


def opens(held: Iterable[queries.LivingLink], *, ref: str, address_key: str) -> bool:
    """Whether one of these links opens a booking: its own, or the one of all its address's bookings."""
    return any(link.subject == (ref if link.purpose is Purpose.MANAGE else address_key) for link in held)


def grant(link_id: int) -> None:
    """Let this browser use a link for a short while, without its secret in the address (requirement E3)."""
    grants = living_grants()
    grants[str(link_id)] = int(current_act().now.timestamp()) + GRANT_SECONDS
    session[GRANTS] = dict(list(grants.items())[-12:])


def living_grants() -> dict[str, int]:
    """Link numbers that this browser may use, with the second when that ends."""
    now = int(current_act().now.timestamp())
    kept: dict[str, Any] = session.get(GRANTS, {})
    return {number: ends for number, ends in kept.items() if ends > now}


def living_links() -> list[queries.LivingLink]:
    """The links granted to this browser that have neither ended nor been revoked. At most one query."""
    numbers = [int(number) for number in living_grants()]
    return queries.living(numbers, now=current_act().now) if numbers else []
