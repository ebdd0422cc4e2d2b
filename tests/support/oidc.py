"""A provider of single sign-on on this machine: Authlib's own server side, served over HTTP by a thread.

It judges as a real one does (client secret, redirect address, PKCE, codes usable once). Who is sitting at it, and what
it shall do wrong, a test says by its attributes.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector, current_token
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, Response, jsonify, request
from joserfc.jwk import ECKey, KeySet
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "kodplats", "only-for-tests-client-secret"
BACK = "http://127.0.0.1:8000/personal/logga-in/extern/svar"


@dataclass
class Person:
    """Who sits at the provider's page, as its claims tell it."""

    sub: str
    email: str = ""
    name: str = ""
    email_verified: Any = True
    amr: list[str] = field(default_factory=lambda: ["pwd"])


class Client(ClientMixin):
    """The one program that is registered, with the address that it is sent back to."""

    def __init__(self, back: str) -> None:
        self.back = back

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return self.back

    def get_allowed_scope(self, scope: Collection[str] | str) -> str:
        return scope if isinstance(scope, str) else " ".join(scope)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.back

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code:
    """An authorization code that has been given out."""

    code: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    person: Person

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> None:
        return None

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> list[str]:
        return self.person.amr


class Provider:
    """The running provider. `claims` are put over the honest ones; `person` None: the reader presses Cancel."""

    def __init__(self) -> None:
        self.person: Person | None = None
        self.back = BACK
        self.claims: dict[str, Any] = {}
        self.is_silent_about_email = False  # the ID token says nothing of it, the user's endpoint does
        self.about_itself: dict[str, Any] = {}
        self.breaks: set[str] = set()  # endpoints that answer 500
        self.asked: list[str] = []
        self.key = self.shown_key = ECKey.generate_key("P-256", {"kid": "one"})
        self.codes: dict[str, Code] = {}
        self.tokens: dict[str, Person] = {}
        self.app = self._made()
        self._server = make_server("127.0.0.1", 0, self.app, threaded=True)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        """Nothing answers at its address any more."""
        self._server.shutdown()
        self._server.server_close()

    def _made(self) -> Flask:
        app = Flask("provider")
        app.config["OAUTH2_SCOPES_SUPPORTED"] = ["openid", "email", "profile"]
        server: Any = AuthorizationServer(app, query_client=self._client, save_token=self._keep_token)
        server.register_grant(_code_grant(self), [CodeChallenge(required=True), _id_tokens(self)])
        guard: Any = ResourceProtector()
        guard.register_token_validator(_validator(self))

        @app.before_request
        def _breaks() -> Response | None:
            self.asked.append(request.path)
            return Response("broken", 500) if request.path in self.breaks else None

        @app.get("/.well-known/openid-configuration")
        def _about() -> Response:
            return jsonify({**self._about(), **self.about_itself})

        @app.get("/keys")
        def _keys() -> Response:
            return jsonify(KeySet([self.shown_key]).as_dict(private=False))

        @app.get("/authorize")
        def _authorize() -> Any:
            with_consent = server.get_consent_grant(end_user=self.person)
            return server.create_authorization_response(grant_user=self.person, grant=with_consent)

        @app.post("/token")
        def _token() -> Any:
            return server.create_token_response()

        @app.get("/userinfo")
        @guard("openid")  # type: ignore[untyped-decorator]  # Authlib's has no type
        def _userinfo() -> Response:
            person: Person = current_token.person  # type: ignore[attr-defined]  # a proxy of what the validator gave
            return jsonify({"sub": person.sub, **_told(person)})

        return app

    def _about(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
        }

    def _client(self, client_id: str) -> Client | None:
        return Client(self.back) if client_id == CLIENT_ID else None

    def _keep_token(self, token: dict[str, Any], asked: Any) -> None:
        self.tokens[token["access_token"]] = asked.user


@contextmanager
def running() -> Iterator[Provider]:
    """A provider at an address of its own."""
    provider = Provider()
    thread = threading.Thread(target=provider.serve, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        if thread.is_alive():
            provider.stop()
        thread.join(5)


def _told(person: Person) -> dict[str, Any]:
    told = {"email": person.email, "email_verified": person.email_verified, "name": person.name}
    return {name: value for name, value in told.items() if value not in ("", None)}


def _code_grant(provider: Provider) -> type[grants.AuthorizationCodeGrant]:
    class Grant(grants.AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]

        def save_authorization_code(self, code: str, request: Any) -> Code:
            asked = request.payload.data
            provider.codes[code] = made = Code(
                code,
                request.payload.redirect_uri,
                request.payload.scope,
                asked.get("nonce", ""),
                asked.get("code_challenge", ""),
                asked.get("code_challenge_method", ""),
                request.user,
            )
            return made

        def query_authorization_code(self, code: str, client: ClientMixin) -> Code | None:
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            del provider.codes[authorization_code.code]

        def authenticate_user(self, authorization_code: Code) -> Person:
            return authorization_code.person

    return Grant


def _id_tokens(provider: Provider) -> OpenIDCode:
    class IdTokens(OpenIDCode):
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return any(code.nonce == nonce for code in provider.codes.values())

        def resolve_client_private_key(self, client: Client) -> ECKey:
            return provider.key

        def get_client_algorithm(self, client: Client) -> str:
            return "ES256"

        def get_client_claims(self, client: Client) -> dict[str, Any]:
            return {"iss": provider.issuer}

        def get_encode_header(self, client: Client) -> dict[str, str]:
            return {"alg": "ES256", "kid": "one"}

        def generate_user_info(self, user: Person, scope: str) -> UserInfo:
            told = {} if provider.is_silent_about_email else _told(user)
            return UserInfo({"sub": user.sub, **told, **provider.claims})

    return IdTokens(require_nonce=True)


@dataclass
class _Token:
    person: Person

    def is_expired(self) -> bool:
        return False

    def is_revoked(self) -> bool:
        return False

    def get_scope(self) -> str:
        return "openid email profile"


def _validator(provider: Provider) -> BearerTokenValidator:
    class Validator(BearerTokenValidator):
        def authenticate_token(self, token_string: str) -> _Token | None:
            person = provider.tokens.get(token_string)
            return _Token(person) if person else None

    return Validator()
