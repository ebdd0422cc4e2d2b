"""Coming in by a provider of single sign-on, against a real one on this machine (OpenID Connect Core 1.0)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import ECKey

from booking.accounts.queries import staff as queries
from booking.accounts.rules.provider import Claimed, is_of, read
from booking.accounts.rules.roles import Post, Role
from booking.accounts.services import provider as edge
from booking.accounts.services import single_sign_on, staff
from booking.app import create_app
from tests.accounts.doors import opened
from tests.accounts.people import PASSWORD, address, code_of, employ, inside, invited
from tests.accounts.test_sign_in import FOREIGN, token_of
from tests.bookings.world import HOUR, NOW, act_at, rows, value
from tests.page import Page, Visitor, visit
from tests.support.database import close, settings_for
from tests.support.oidc import CLIENT_ID, CLIENT_SECRET, Person, Provider, running

DOOR, THERE, BACK = "/personal/logga-in", "/personal/logga-in/extern", "/personal/logga-in/extern/svar"
TOVE = Person("subject-1", email="Tove@kommun.example", name="Tove Andersson")


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running() as found:
        found.person = TOVE
        edge.forget()
        yield found


@pytest.fixture
def settings(provider: Provider) -> dict[str, object]:
    return {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
        "oidc_button": "Kommunens inloggning",
        "oidc_domains": ("kommun.example",),
    }


def made(url: str, folder: Path, settings: dict[str, object]) -> Iterator[Flask]:
    application = create_app(settings_for(url, instance=folder, **settings))
    application.testing = True
    application.test_client_class = Visitor
    with application.app_context():
        yield application
    close(application)


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path, settings: dict[str, object], clock: time_machine.Traveller) -> Iterator[Flask]:
    yield from made(sqlite_url, tmp_path, settings)


@pytest.fixture
def either_app(
    database_url: str, tmp_path: Path, settings: dict[str, object], clock: time_machine.Traveller
) -> Iterator[Flask]:
    yield from made(database_url, tmp_path, settings)


def go(client: FlaskClient, start: str = THERE) -> str:
    """Begin at our door; the provider's address to which the browser is sent."""
    answer = client.get(start)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def sit(there: str) -> str:
    """What the provider's page leads back to, as path and query on our side."""
    answer = requests.get(there, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    parts = urlsplit(answer.headers["Location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "http://127.0.0.1:8000" + BACK
    return f"{parts.path}?{parts.query}"


def come(client: FlaskClient, start: str = THERE) -> Page:
    """The whole way there and back, and on to where it leads."""
    answer = client.get(sit(go(client, start)))
    assert answer.status_code == 303, answer.text
    return visit(client, answer.headers["Location"])


def refused(client: FlaskClient, back: str, *, status: int) -> Page:
    page = visit(client, back, status=status)
    assert token(client) is None
    assert "Begin again" in page.text or "Börja om" in page.text or "Börja om" in " ".join(page.links)
    return page


def token(client: FlaskClient) -> Any:
    with client.session_transaction() as cookie:
        return cookie.get("staff")


def connected(name: str = "Tove", *posts: Post, subject: str = "subject-1", issuer: str) -> int:
    """Somebody whose account is connected to the provider already."""
    number = employ(name, *(posts or (Post(Role.TRAINER),)))
    single_sign_on.connect(number, Claimed(issuer, subject, "", name, False), act=act_at())
    return number


def edited(path: str, **others: str) -> str:
    """The way back with other parameters."""
    parts = urlsplit(path)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return f"{parts.path}?{urlencode({**query, **others})}"


class TestTheWayIn:
    def test_the_button_is_there_only_where_a_provider_is_set_up(self, app: Flask, sqlite_url: str) -> None:
        assert visit(app.test_client(), DOOR).links["Logga in med Kommunens inloggning"] == THERE

    def test_without_a_provider_there_is_no_button_and_no_page(self, sqlite_app: Flask) -> None:
        client = sqlite_app.test_client()

        assert not [words for words in visit(client, DOOR).links if words.startswith("Logga in med")]
        for path in (THERE, BACK):
            assert client.get(path).status_code == 404

    def test_who_is_connected_comes_in_with_a_new_session_and_where_they_were_going(
        self, app: Flask, client: FlaskClient, provider: Provider
    ) -> None:
        tove = connected(issuer=provider.issuer)
        page = visit(client, client.get("/personal/konto?a=b").headers["Location"])

        page = come(client, page.links["Logga in med Kommunens inloggning"])

        assert page.url.endswith("/personal/konto?a=b")
        assert "Tove" in page.text
        assert rows("SELECT actor_ref FROM audit_entries WHERE verb = 'sign_in'") == [(str(tove),)]
        first = token_of(client)
        client.get(BACK)  # E2: nothing of the old session is left in the next one
        inside(client, tove)
        assert token_of(client) != first

    def test_the_request_has_pkce_state_and_nonce_and_the_cookie_gives_none_of_them_away(
        self, app: Flask, client: FlaskClient
    ) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(go(client)).query).items()}

        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert {len(asked[name]) for name in ("code_challenge", "state", "nonce")} == {43}
        assert len({asked["code_challenge"], asked["state"], asked["nonce"]}) == 3
        with client.session_transaction() as cookie:
            kept = str(dict(cookie))
        assert not [name for name in ("code_challenge", "state", "nonce") if asked[name] in kept]
        again = parse_qs(urlsplit(go(client)).query)
        assert again["state"] != [asked["state"]]

    @pytest.mark.parametrize("wish", FOREIGN)
    def test_the_way_on_stays_on_this_site(
        self, app: Flask, client: FlaskClient, provider: Provider, wish: str
    ) -> None:
        """Requirement E8."""
        connected(issuer=provider.issuer)

        back = sit(go(client, f"{THERE}?{urlencode({'next': wish})}"))

        assert client.get(back).headers["Location"] == "/personal"

    def test_who_is_inside_already_goes_on(self, app: Flask, client: FlaskClient, provider: Provider) -> None:
        inside(client, connected(issuer=provider.issuer))

        assert client.get(THERE).headers["Location"] == "/personal"

    def test_the_same_address_at_the_provider_is_nobody_without_the_same_subject(
        self, app: Flask, client: FlaskClient, provider: Provider
    ) -> None:
        connected(issuer=provider.issuer)
        employ("Rolf", Post(Role.COORDINATOR))
        provider.person = Person("subject-2", email=address("Rolf"), name="Rolf")

        page = refused(client, sit(go(client)), status=403)

        assert "har inget öppet konto här" in page.text


class TestAnswersThatAreNotBelieved:
    """Nobody comes in, the page says so, and nothing fails."""

    @pytest.fixture(autouse=True)
    def _tove(self, app: Flask, provider: Provider) -> None:
        connected(issuer=provider.issuer)

    def test_another_state(self, client: FlaskClient) -> None:
        refused(client, edited(sit(go(client)), state="x" * 43), status=400)

    def test_a_state_that_is_not_there_or_not_ascii(self, client: FlaskClient) -> None:
        for state in ("", "å"):
            refused(client, edited(sit(go(client)), state=state), status=400)

    def test_an_answer_in_another_browser(self, app: Flask, client: FlaskClient) -> None:
        refused(app.test_client(), sit(go(client)), status=400)

    def test_the_same_answer_twice(self, app: Flask, client: FlaskClient) -> None:
        back = sit(go(client))
        client.get(back)
        client.get("/personal")

        page = visit(client, back, status=400)

        assert "påbörjades i ett annat fönster" in page.text

    def test_a_code_that_has_been_used(self, app: Flask, client: FlaskClient, provider: Provider) -> None:
        """A thief has the code and begins a journey of their own: PKCE and the provider refuse it."""
        used = sit(go(client))
        assert client.get(used).status_code == 303
        thief = app.test_client()
        own = sit(go(thief))
        code = parse_qs(urlsplit(used).query)["code"][0]

        refused(thief, edited(own, code=code), status=400)

    def test_a_fresh_code_of_another_browser(self, app: Flask, client: FlaskClient) -> None:
        stolen = parse_qs(urlsplit(sit(go(client))).query)["code"][0]
        thief = app.test_client()

        refused(thief, edited(sit(go(thief)), code=stolen), status=400)

    @pytest.mark.parametrize(
        "claims",
        [
            {"nonce": "another"},
            {"nonce": None},
            {"iss": "https://evil.example"},
            {"aud": ["another-program"]},
            {"aud": ["another-program"], "azp": CLIENT_ID},
            {"aud": ["another-program", CLIENT_ID], "azp": "another-program"},
            {"exp": int(NOW.timestamp()) - 61},
            {"iat": int(NOW.timestamp()) + 3600},
            {"nbf": int(NOW.timestamp()) + 3600},
            {"exp": "soon"},
            {"sub": ""},
            {"sub": None},
            {"sub": 7},
            {"sub": "x" * 256},
            {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        ],
        ids=str,
    )
    def test_claims_that_are_wrong(self, client: FlaskClient, provider: Provider, claims: dict[str, Any]) -> None:
        back = sit(go(client))
        provider.claims = claims

        page = refused(client, back, status=400)

        assert "gick inte att lita på" in page.text

    def test_a_token_that_somebody_else_signed(self, client: FlaskClient, provider: Provider) -> None:
        provider.shown_key = ECKey.generate_key("P-256", {"kid": "one"})

        refused(client, sit(go(client)), status=400)

    def test_a_key_that_is_new_since_the_last_time_is_known(self, client: FlaskClient, provider: Provider) -> None:
        come(client)
        provider.key = provider.shown_key = ECKey.generate_key("P-256", {"kid": "one"})

        assert come(client.application.test_client()).status == 200

    def test_an_answer_of_another_provider(self, client: FlaskClient) -> None:
        """RFC 9207: the mix-up attack."""
        refused(client, edited(sit(go(client)), iss="https://evil.example"), status=400)

    def test_a_provider_that_names_itself_must_do_so_each_time(self, client: FlaskClient, provider: Provider) -> None:
        provider.about_itself = {"authorization_response_iss_parameter_supported": True}
        edge.forget()

        refused(client, sit(go(client)), status=400)

    def test_somebody_pressed_cancel(self, client: FlaskClient, provider: Provider) -> None:
        provider.person = None
        back = sit(go(client))
        assert "error=access_denied" in back

        page = refused(client, back, status=400)

        assert "loggade inte in dig" in page.text

    def test_a_journey_that_took_too_long(self, client: FlaskClient, clock: time_machine.Traveller) -> None:
        back = sit(go(client))
        clock.shift(dt.timedelta(minutes=16))

        refused(client, back, status=400)


class TestAProviderThatIsAway:
    def test_it_is_down_before_the_way_there(self, app: Flask, client: FlaskClient, provider: Provider) -> None:
        provider.stop()

        page = refused(client, THERE, status=503)

        assert "svarar inte just nu" in page.text
        assert page.response.headers["Retry-After"] == "30"
        assert page.links["Logga in med lösenord"] == DOOR

    @pytest.mark.parametrize("part", ["/token", "/keys"])
    def test_a_part_of_it_breaks_on_the_way_back(
        self, app: Flask, client: FlaskClient, provider: Provider, part: str
    ) -> None:
        connected(issuer=provider.issuer)
        back = sit(go(client))
        provider.breaks = {part}

        refused(client, back, status=503)

    @pytest.mark.parametrize(
        "about",
        [{"issuer": "https://evil.example"}, {"token_endpoint": ""}, {"jwks_uri": None}],
        ids=str,
    )
    def test_what_it_says_of_itself_makes_no_sense(
        self, app: Flask, client: FlaskClient, provider: Provider, about: dict[str, Any]
    ) -> None:
        provider.about_itself = about

        refused(client, THERE, status=503)

    def test_it_is_asked_where_its_parts_are_once_in_ten_minutes(
        self, app: Flask, client: FlaskClient, provider: Provider, clock: time_machine.Traveller
    ) -> None:
        for _ in range(3):
            go(client)
        assert provider.asked == ["/.well-known/openid-configuration"]
        clock.shift(dt.timedelta(minutes=11))

        go(client)

        assert len(provider.asked) == 2


class TestWhoIsNew:
    def test_a_verified_address_of_our_domain_makes_an_account_without_roles(
        self, either_app: Flask, provider: Provider
    ) -> None:
        client = either_app.test_client()

        page = come(client)

        assert "Tove Andersson" in page.text
        [member] = queries.everybody()
        assert (member.email, member.posts, member.is_invited) == ("Tove@kommun.example", (), False)
        assert client.get("/personal/anvandare").status_code == 403
        assert come(either_app.test_client()).status == 200
        assert len(queries.everybody()) == 1

    def test_a_setting_says_which_roles_it_begins_with(
        self, sqlite_url: str, tmp_path: Path, settings: dict[str, object], clock: time_machine.Traveller
    ) -> None:
        for app in made(sqlite_url, tmp_path, {**settings, "oidc_new_roles": ("trainer",)}):
            come(app.test_client())

            assert [post for _, post in queries.everybody()[0].posts] == [Post(Role.TRAINER)]

    def test_the_users_endpoint_may_tell_the_address(self, app: Flask, client: FlaskClient, provider: Provider) -> None:
        provider.is_silent_about_email = True

        come(client)

        assert [member.email for member in queries.everybody()] == [TOVE.email]

    @pytest.mark.parametrize("verified", [False, "false", None, 1])
    def test_an_address_that_nobody_vouches_for_makes_none(
        self, app: Flask, client: FlaskClient, provider: Provider, verified: Any
    ) -> None:
        provider.person = Person("subject-1", email=TOVE.email, name="Tove", email_verified=verified)

        page = refused(client, sit(go(client)), status=403)

        assert "intygar inte" in page.text
        assert queries.everybody() == []

    @pytest.mark.parametrize("email", ["tove@annan.example", "tove@lag.kommun.example", "tove@kommun.example@e.se"])
    def test_another_domain_makes_none(self, app: Flask, client: FlaskClient, provider: Provider, email: str) -> None:
        provider.person = Person("subject-1", email=email, name="Tove")

        refused(client, sit(go(client)), status=403)

        assert queries.everybody() == []

    def test_without_the_setting_nobody_gets_an_account(
        self, sqlite_url: str, tmp_path: Path, settings: dict[str, object], clock: time_machine.Traveller
    ) -> None:
        for app in made(sqlite_url, tmp_path, {**settings, "oidc_domains": ()}):
            client = app.test_client()

            refused(client, sit(go(client)), status=403)

            assert queries.everybody() == []

    def test_an_address_that_has_an_account_opens_it_for_nobody(
        self, app: Flask, client: FlaskClient, provider: Provider
    ) -> None:
        staff.create(TOVE.email.upper(), name="Tove", posts=(), act=act_at())

        page = refused(client, sit(go(client)), status=403)

        assert "Det finns redan ett konto" in page.text


class TestClosedAndStrong:
    def test_a_closed_account_stays_closed_and_reads_as_if_there_were_none(
        self, either_app: Flask, provider: Provider
    ) -> None:
        tove = connected(issuer=provider.issuer)
        staff.close(tove, act=act_at())
        client = either_app.test_client()

        page = refused(client, sit(go(client)), status=403)

        assert "har inget öppet konto här" in page.text
        assert value("SELECT count(*) FROM staff") == 1

    def test_an_administrator_still_gives_a_code_when_the_provider_asked_for_none(
        self, app: Flask, client: FlaskClient, provider: Provider
    ) -> None:
        chief = connected("Chef", Post(Role.ADMINISTRATOR), issuer=provider.issuer)

        page = come(client)
        assert page.url.startswith("/personal/logga-in/kod")
        assert client.get("/personal/anvandare").status_code == 303

        page = page.submit({"kod": code_of(chief, now=NOW, steps=1)})
        assert visit(client, "/personal/anvandare").status == 200

    def test_an_administrator_without_a_phone_is_led_to_set_one_up(
        self, app: Flask, client: FlaskClient, provider: Provider
    ) -> None:
        chief = connected("Chef", issuer=provider.issuer)
        staff.give_role(chief, Post(Role.ADMINISTRATOR), grounds=(), act=act_at())

        come_answer = client.get(sit(go(client)))

        assert come_answer.headers["Location"] == "/personal"
        assert client.get("/personal/anvandare").headers["Location"] == "/personal/konto/tvasteg"

    def test_a_second_factor_at_the_provider_is_enough(
        self, app: Flask, client: FlaskClient, provider: Provider
    ) -> None:
        connected("Chef", Post(Role.ADMINISTRATOR), issuer=provider.issuer)
        provider.person = Person("subject-1", amr=["pwd", "mfa"])

        come(client)

        assert visit(client, "/personal/anvandare").status == 200

    def test_it_counts_for_that_session_alone(self, app: Flask, client: FlaskClient, provider: Provider) -> None:
        chief = connected("Chef", issuer=provider.issuer)
        staff.give_role(chief, Post(Role.ADMINISTRATOR), grounds=(), act=act_at())
        provider.person = Person("subject-1", amr=["mfa"])
        come(client)
        assert client.get("/personal/anvandare").status_code == 200
        other = inside(app.test_client(), chief)

        assert other.get("/personal/anvandare").headers["Location"] == "/personal/konto/tvasteg"


class TestConnecting:
    def test_who_gives_the_password_connects_and_comes_in_by_it_next_time(
        self, app: Flask, client: FlaskClient, provider: Provider
    ) -> None:
        tove = employ("Tove", Post(Role.TRAINER))
        inside(client, tove)
        page = visit(client, "/personal/konto").follow("Logga in med Kommunens inloggning")
        page = _given(page)
        page = come(client, page.links["Gå vidare till Kommunens inloggning"])
        assert "Ditt konto är kopplat" in page.text

        page = come(app.test_client())

        assert "Tove" in page.text
        assert rows("SELECT verb FROM audit_entries WHERE verb LIKE '%identity'") == [("connect_identity",)]

    def test_a_wrong_password_connects_nothing(self, app: Flask, client: FlaskClient) -> None:
        inside(client, employ("Tove", Post(Role.TRAINER)))

        page = _given(visit(client, "/personal/konto/anslutning"), "fel-lösenord-helt", status=422)

        assert page.errors
        assert client.get(f"{THERE}?for=connect").status_code == 404

    def test_the_permission_ends(self, app: Flask, client: FlaskClient, clock: time_machine.Traveller) -> None:
        inside(client, employ("Tove", Post(Role.TRAINER)))
        page = _given(visit(client, "/personal/konto/anslutning"))
        clock.shift(HOUR / 2)

        assert client.get(page.links["Gå vidare till Kommunens inloggning"]).status_code == 404

    def test_what_belongs_to_somebody_else_is_not_taken_over(self, either_app: Flask, provider: Provider) -> None:
        connected("Maj", issuer=provider.issuer)
        client = inside(either_app.test_client(), employ("Tove", Post(Role.TRAINER)))
        page = _given(visit(client, "/personal/konto/anslutning"))

        page = visit(client, sit(go(client, page.links["Gå vidare till Kommunens inloggning"])), status=403)

        assert "någon annans konto" in page.text
        assert value("SELECT count(*) FROM identities") == 1

    def test_disconnecting_leaves_the_password(self, app: Flask, client: FlaskClient, provider: Provider) -> None:
        inside(client, connected(issuer=provider.issuer))
        page = visit(client, "/personal/konto/anslutning")

        page.submit(_form(page, "Bara lösenordet"))

        assert value("SELECT count(*) FROM identities") == 0
        assert value("SELECT count(*) FROM audit_entries WHERE verb = 'disconnect_identity'") == 1

    def test_who_has_no_password_cannot_lock_themselves_out(
        self, app: Flask, client: FlaskClient, provider: Provider
    ) -> None:
        come(client)
        page = visit(client, "/personal/konto/anslutning")

        page = page.submit(_form(page, "Bara lösenordet"), status=403)

        assert "Välj ett lösenord först" in page.text
        assert value("SELECT count(*) FROM identities") == 1


class TestInvitations:
    def test_a_colleague_takes_the_invitation_by_the_provider(self, either_app: Flask, provider: Provider) -> None:
        link = invited("Tove", Post(Role.COORDINATOR))
        client = opened(either_app.test_client(), link)
        page = visit(client, "/personal/inbjudan")

        page = come(client, page.links["Öppna kontot med Kommunens inloggning"])

        assert "Logga ut" in page.text
        [member] = queries.everybody()
        assert (member.has_password, member.is_invited) == (False, False)
        assert either_app.test_client().get(link).status_code == 404
        assert come(either_app.test_client()).status == 200

    def test_without_the_invitations_link_there_is_no_such_way(self, app: Flask, client: FlaskClient) -> None:
        invited("Tove", Post(Role.COORDINATOR))

        assert client.get(f"{THERE}?for=invitation").status_code == 404
        assert client.get(f"{THERE}?for=nothing").status_code == 404


@pytest.mark.parametrize(
    ("claims", "is_strong"),
    [
        ({"amr": ["pwd"]}, False),
        ({"amr": ["pwd", "mfa"]}, True),
        ({"amr": "mfa"}, False),
        ({"acr": "loa3"}, True),
        ({"acr": ["loa3"]}, False),
        ({}, False),
    ],
)
def test_which_words_mean_a_second_factor_is_a_setting(claims: dict[str, Any], is_strong: bool) -> None:
    said = {"iss": "https://idp.example", "sub": "1", **claims}

    assert read(said, second_factor=("mfa", "loa3"), provider="x").has_second_factor is is_strong


@pytest.mark.parametrize(
    ("name", "email", "read_as"),
    [
        ("Tove Å", "", "Tove Å"),
        ("", "tove.å@kommun.example", "Tove Å"),
        ("https://evil.example", "tove@kommun.example", "Tove"),
        (None, "", ""),
        ("x" * 400, "", ""),
    ],
)
def test_a_name_that_we_do_not_take_is_made_of_the_address(name: str | None, email: str, read_as: str) -> None:
    said = {"iss": "https://idp.example", "sub": "1", "name": name, "email": email, "email_verified": True}

    assert read(said, second_factor=(), provider="x").name == read_as


def test_a_domain_is_that_domain_and_not_one_below_or_beside_it() -> None:
    assert is_of("a@Kommun.Example", ("kommun.example",))
    assert not any(
        is_of(email, ("kommun.example",))
        for email in ("a@x.kommun.example", "a@xkommun.example", "a@kommun.example.se")
    )


def _form(page: Page, button: str) -> Any:
    return next(form for form in page.forms if button in [one.text for one in form.buttons])


def _given(page: Page, password: str = PASSWORD, *, status: int = 200) -> Page:
    """Write the password before connecting."""
    return page.submit(_form(page, "Koppla"), {"gammalt": password}, status=status)
