"""What is believed of what a provider of single sign-on says, and how it is refused. Pure.

OpenID Connect Core 1.0. Signature, issuer, audience, nonce and times are judged where the answer is read
(`services.provider`); here is what the house makes of the claims.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from booking.kernel import text
from booking.kernel.refusal import N_, Refused

# OpenID Connect Core, 2: a subject has at most 255 ASCII characters.
SUBJECT_LENGTH = 255


class Errand(StrEnum):
    """What somebody goes to the provider for; the browser's session remembers it."""

    COME_IN = "come_in"
    CONNECT = "connect"  # my account, which I am signed in to
    INVITATION = "invitation"  # take the invitation whose link I hold


class ProviderAway(Refused):
    """The provider gave no answer that can be read."""

    message = N_("%(provider)s does not answer just now. Try again in a while, or sign in with your password.")


class BegunElsewhere(Refused):
    """No such journey was begun in this browser, or it was long ago, or it has ended already."""

    message = N_("This sign-in was begun in another window, or long ago. Begin again.")


class TurnedBack(Refused):
    """The provider says that nobody was signed in there: most often somebody pressed Cancel."""

    message = N_("%(provider)s did not sign you in. Begin again, or sign in with your password.")


class NotTrusted(Refused):
    """The answer was not for us, not for this journey, out of date, or not signed by the provider."""

    message = N_(
        "The answer of %(provider)s could not be trusted, so nobody was signed in. Begin again. If it happens once "
        "more, tell an administrator."
    )


class NobodyHere(Refused):
    """Unknown and closed accounts get the same words (requirement D9)."""

    message = N_("%(provider)s knows you, but you have no open account here. Ask an administrator for an invitation.")


class AddressUnverified(Refused):
    message = N_(
        "%(provider)s does not vouch for your e-mail address, so no account was made. Ask an administrator for an "
        "invitation."
    )


class AddressHasAccount(Refused):
    """An address alone never opens an account that is there: addresses pass from one person to the next."""

    message = N_(
        "There is an account with your address already. Sign in with its password once, and connect it to %(provider)s "
        "under “My account”."
    )


class SomebodyElses(Refused):
    message = N_("This account at %(provider)s is connected to somebody else's account here. Ask an administrator.")


class PasswordFirst(Refused):
    message = N_("Choose a password first: without %(provider)s it would be your only way in.")


class Claimed(NamedTuple):
    """Who somebody is, as far as the provider is believed. `email` is "" unless the provider vouches for it."""

    issuer: str
    subject: str
    email: str
    name: str
    has_second_factor: bool


def read(claims: Mapping[str, Any], *, second_factor: Collection[str], provider: str) -> Claimed:
    """What the claims of a judged answer say. Raises NotTrusted without a usable subject.

    `second_factor` are the words of `amr` or `acr` that mean one (RFC 8176: "mfa").
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject.isascii() or not 0 < len(subject) <= SUBJECT_LENGTH:
        raise NotTrusted(provider=provider)
    methods = claims.get("amr") if isinstance(claims.get("amr"), list) else []
    told = {word for word in (*(methods or ()), claims.get("acr")) if isinstance(word, str)}
    return Claimed(
        issuer=str(claims["iss"]),
        subject=subject,
        email=_email(claims),
        name=_name(claims),
        has_second_factor=not told.isdisjoint(second_factor),
    )


def is_of(email: str, domains: Collection[str]) -> bool:
    """Whether an address belongs to one of these domains; a domain below one of them is another."""
    return email.rpartition("@")[2].casefold() in {domain.casefold() for domain in domains}


def _email(claims: Mapping[str, Any]) -> str:
    # Some providers write the word instead of the value.
    is_verified = claims.get("email_verified") is True or claims.get("email_verified") == "true"
    if not is_verified or not isinstance(claims.get("email"), str):
        return ""
    email = claims["email"].strip()
    is_plain = email.count("@") == 1 and len(email) <= text.EMAIL_LENGTH and email.isprintable() and " " not in email
    return email if is_plain else ""


def _name(claims: Mapping[str, Any]) -> str:
    """A name as we take names, else the part before the @; "" when neither is one."""
    for wish in (claims.get("name"), str(claims.get("email", "")).partition("@")[0].replace(".", " ").title()):
        try:
            return text.name(str(wish or ""))
        except Refused:
            continue
    return ""
