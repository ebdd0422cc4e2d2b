"""Talking with the provider of single sign-on: where to send a browser, and who came back.

OpenID Connect Core 1.0, 3.1: authorization code with PKCE (RFC 7636), state and nonce. Nothing here writes, and nothing
here runs inside a verb: the provider may take its time. What one journey needs is derived from one random nonce under
the installation's key, so the browser's cookie holds nothing that helps anybody else.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Mapping
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from booking.accounts.rules import provider as rules
from booking.accounts.rules.provider import Claimed, NotTrusted, ProviderAway, TurnedBack
from booking.kernel import token as tokens
from booking.settings import current

SCOPE = "openid email profile"
# A person waits, and so does one of the server's threads: connecting, reading.
TIMEOUT = (3.05, 8)
# Where the provider's parts are changes seldom; who hammers at the button must not make us hammer at the provider.
FACTS_KEPT = dt.timedelta(minutes=10)
LEEWAY_SECONDS = 60
# By public keys alone: with HS256 our own secret would vouch for an answer (RFC 8725, 2.1).
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]


class Facts(NamedTuple):
    """What the provider says of itself (OpenID Connect Discovery 1.0, 3)."""

    issuer: str
    authorization: str
    token: str
    keys: str
    userinfo: str
    names_itself: bool  # RFC 9207: its answers say who it is


_kept: dict[str, tuple[dt.datetime, Facts]] = {}
_lock = Lock()


def way_there(nonce: bytes, *, back: str, now: dt.datetime) -> str:
    """The address at the provider for one journey. `back` is our own, absolute. Raises ProviderAway."""
    facts = discovered(now=now)
    with _client(back) as client:
        address, _ = client.create_authorization_url(
            facts.authorization, state=state(nonce), nonce=_secret("nonce", nonce), code_verifier=_verifier(nonce)
        )
    return str(address)


def who_came(answer: Mapping[str, str], *, nonce: bytes, back: str, now: dt.datetime) -> Claimed:
    """Who the provider says came back from a journey whose state was right.

    Raises TurnedBack, ProviderAway, and NotTrusted when code, signature, issuer, audience, nonce or times are wrong.
    """
    facts = discovered(now=now)
    name = current().provider_name
    if answer.get("iss", facts.issuer) != facts.issuer or (facts.names_itself and "iss" not in answer):
        raise NotTrusted(provider=name)
    if "error" in answer or not answer.get("code"):
        raise TurnedBack(provider=name)
    try:
        token = _exchanged(answer["code"], facts, nonce=nonce, back=back)
        claims = _judged(token, facts, nonce=nonce, now=now)
        if "email" not in claims and facts.userinfo:
            claims = {**_told_of_user(token, facts, subject=claims["sub"]), **claims}
    except (requests.RequestException, _Unreadable) as fault:
        raise ProviderAway(provider=name) from fault
    except (AuthlibBaseError, JoseError, KeyError, TypeError, ValueError) as fault:
        # Whatever is wrong with an answer, it is the provider's: the reader gets a page, never an error of ours.
        raise NotTrusted(provider=name) from fault
    return rules.read(claims, second_factor=current().oidc_second_factor, provider=name)


def state(nonce: bytes) -> str:
    """What ties the answer to the journey of this browser."""
    return _secret("state", nonce)


def is_state(sent: str, nonce: bytes) -> bool:
    return hmac.compare_digest(sent.encode(), state(nonce).encode())


def discovered(*, now: dt.datetime) -> Facts:
    """Where the provider's parts are. Asked for at most once in `FACTS_KEPT`. Raises ProviderAway."""
    issuer = current().oidc_issuer
    with _lock:
        at, facts = _kept.get(issuer, (None, None))
    if at is not None and facts is not None and dt.timedelta(0) <= now - at < FACTS_KEPT:
        return facts
    try:
        facts = _facts(_json(requests.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", timeout=TIMEOUT)))
    except (requests.RequestException, _Unreadable) as fault:
        raise ProviderAway(provider=current().provider_name) from fault
    with _lock:
        _kept[issuer] = now, facts
    return facts


def forget() -> None:
    """Ask the provider anew at the next journey."""
    with _lock:
        _kept.clear()


class _Unreadable(Exception):
    """The provider answered something else than it should."""


def _facts(told: Mapping[str, Any]) -> Facts:
    issuer = current().oidc_issuer
    # Discovery 1.0, 4.3: another name means another provider, or one that lets others speak for it.
    if told.get("issuer") != issuer:
        raise _Unreadable
    facts = Facts(
        issuer=issuer,
        authorization=str(told.get("authorization_endpoint", "")),
        token=str(told.get("token_endpoint", "")),
        keys=str(told.get("jwks_uri", "")),
        userinfo=str(told.get("userinfo_endpoint", "")),
        names_itself=told.get("authorization_response_iss_parameter_supported") is True,
    )
    needed = [facts.authorization, facts.token, facts.keys, *([facts.userinfo] if facts.userinfo else [])]
    if not all(_is_as_safe(address) for address in needed):
        raise _Unreadable
    return facts


def _is_as_safe(address: str) -> bool:
    """Whether a part of the provider is reached by https, as its issuer is; plain http is for tests on one machine."""
    parts = urlsplit(address)
    return bool(parts.hostname) and (parts.scheme == "https" or current().oidc_issuer.startswith("http://"))


def _exchanged(code: str, facts: Facts, *, nonce: bytes, back: str) -> dict[str, Any]:
    with _client(back) as client:
        token: dict[str, Any] = client.fetch_token(
            facts.token, grant_type="authorization_code", code=code, code_verifier=_verifier(nonce), timeout=TIMEOUT
        )
    return token


def _judged(token: Mapping[str, Any], facts: Facts, *, nonce: bytes, now: dt.datetime) -> dict[str, Any]:
    """The claims of the ID token (OpenID Connect Core, 3.1.3.7). Keys are asked for each time: new ones are known."""
    keys = KeySet.import_key_set(_json(requests.get(facts.keys, timeout=TIMEOUT)))  # type: ignore[arg-type]  # it judges
    # Headers that nobody has registered are let through, as providers add them; no critical one is understood.
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    decoded = jwt.decode(token["id_token"], keys, registry=registry)
    client_id = current().oidc_client_id
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        {"iss": {"essential": True, "value": facts.issuer}, "aud": {"essential": True, "value": client_id}},
        {"nonce": _secret("nonce", nonce), "client_id": client_id, "access_token": token.get("access_token")},
    )
    claims.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
    return dict(claims)


def _told_of_user(token: Mapping[str, Any], facts: Facts, *, subject: str) -> dict[str, Any]:
    """What the user's own endpoint adds; nothing when it speaks of somebody else (OpenID Connect Core, 5.3.4)."""
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    told = _json(requests.get(facts.userinfo, headers=bearer, timeout=TIMEOUT, allow_redirects=False))
    return told if told.get("sub") == subject else {}


def _json(answer: requests.Response) -> dict[str, Any]:
    answer.raise_for_status()
    try:
        told = answer.json()
    except ValueError as fault:
        raise _Unreadable from fault
    if not isinstance(told, dict):
        raise _Unreadable
    return told


def _client(back: str) -> OAuth2Session:
    settings = current()
    return OAuth2Session(
        settings.oidc_client_id,
        settings.oidc_client_secret,
        scope=SCOPE,
        redirect_uri=back,
        code_challenge_method="S256",
    )


def _verifier(nonce: bytes) -> str:
    return _secret("verifier", nonce)


def _secret(purpose: str, nonce: bytes) -> str:
    """43 URL-safe characters, which is what RFC 7636, 4.1 asks of a verifier."""
    return tokens.make(current().key, f"single sign-on {purpose}", nonce)
