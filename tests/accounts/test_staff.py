"""Accounts of the staff: first administrator, invitation, new password, roles, closing; all of it in the audit trail
(requirements D5, D8, D9, D11, H10)."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.queries import staff as queries
from booking.accounts.rules import Purpose
from booking.accounts.rules.limits import WrongSignIn
from booking.accounts.rules.roles import Post, Role
from booking.accounts.services import second_factor, signing_in, staff
from booking.app import program
from booking.cli import cli
from tests.accounts.doors import opened
from tests.accounts.people import PASSWORD, address, code_of, employ, inside, invited, link_of, reset_link, try_door
from tests.bookings.world import DAY, HOUR, NOW, act_at, database_dump, letters_to, rows, value
from tests.builders import make_place
from tests.page import visit
from tests.support.queries import counted

NEW = "åtta-blå-båtar-i-hamn"


@pytest.fixture
def astrid(app: Flask, clock: time_machine.Traveller) -> int:
    make_place("ahus", "Åhus bibliotek")
    return employ("Astrid", Post(Role.ADMINISTRATOR))


@pytest.fixture
def office(astrid: int, client: FlaskClient) -> FlaskClient:
    return inside(client, astrid)


def trail(number: int) -> list[str]:
    return [
        verb for (verb,) in rows("SELECT verb FROM audit_entries WHERE subject = :s ORDER BY id", s=f"staff:{number}")
    ]


class TestFirstAdministrator:
    def test_a_fresh_installation_lets_nobody_in(self, app: Flask, clock: time_machine.Traveller) -> None:
        assert value("SELECT count(*) FROM staff") == 0
        for name in ("admin", "Astrid"):
            with pytest.raises(WrongSignIn):
                signing_in.sign_in(address(name), "admin", network="192.0.2.1", act=act_at())

    def test_the_printed_link_works_once_and_leads_to_the_second_factor(
        self, app: Flask, client: FlaskClient, clock: time_machine.Traveller
    ) -> None:
        link = staff.create_admin(address("Astrid"), act=act_at()).removeprefix("http://127.0.0.1:8000")
        assert value("SELECT count(*) FROM letters") == 0

        page = visit(opened(client, link), "/personal/inbjudan")
        page = page.submit({"namn": "Astrid", "losenord": NEW})

        assert page.url.endswith("/personal/konto/tvasteg")
        assert app.test_client().get(link).status_code == 404
        assert client.get("/personal/inbjudan").status_code == 404

    def test_an_administrator_who_is_locked_out_comes_back_in_by_the_command(self, astrid: int, app: Flask) -> None:
        staff.create_admin(address("Astrid"), act=act_at())
        link = link_of(Purpose.RESET, astrid)

        page = visit(opened(app.test_client(), link), "/personal/losenord/nytt").submit({"losenord": NEW})

        assert page.url.endswith("/personal/konto/tvasteg")
        assert value("SELECT count(*) FROM staff") == 1
        assert value("SELECT count(*) FROM staff_roles") == 1

    def test_the_command_prints_the_link_and_nothing_else(
        self, sqlite_url: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("BOOKING_INSTANCE", str(tmp_path))
        monkeypatch.setenv("BOOKING_MODE", "demo")
        monkeypatch.setenv("BOOKING_DATABASE_URL", sqlite_url)

        done = CliRunner().invoke(cli, ["create-admin", "astrid@bibliotek.example"], obj=program())

        assert done.exit_code == 0
        assert done.output.startswith("http://127.0.0.1:8000/l/")
        assert done.output.count("\n") == 1


class TestInvitations:
    def test_an_administrator_invites_and_the_letter_opens_the_account(self, office: FlaskClient, app: Flask) -> None:
        page = visit(office, "/personal/anvandare/ny")
        place = next(option.get("value") for option in page.root.all("option") if option.text == "Åhus bibliotek")
        page = page.submit(
            page.forms[1], {"namn": "Elin Ek", "epost": "elin@bibliotek.example", "roll": "branch", "var": place}
        )
        assert "Åhus bibliotek" in page.text
        number = int(page.url.rpartition("/")[2])
        assert letters_to("elin@bibliotek.example") == ["accounts/invitation"]

        client = opened(app.test_client(), link_of(Purpose.INVITE, number))
        page = visit(client, "/personal/inbjudan").submit({"losenord": NEW})

        assert "Elin Ek" in page.text
        assert "Elin Ek" in try_door(app.test_client(), "elin@bibliotek.example", NEW, status=200).text
        assert trail(number) == [
            "give_role:branch",
            "invite_staff",
            "set_password",
            "take_invitation",
            "sign_in",
            "sign_in",
        ]

    def test_a_bad_password_costs_neither_link_nor_name(self, astrid: int, client: FlaskClient) -> None:
        page = visit(opened(client, invited("Tove")), "/personal/inbjudan")

        page = page.submit({"namn": "Tove T", "losenord": "kort"}, status=422)
        assert [field for field, _ in page.errors] == ["losenord"]
        assert page.forms[0].fields == {**page.forms[0].fields, "namn": "Tove T", "losenord": ""}

        assert "Tove T" in page.submit({"losenord": NEW}).text

    def test_an_invitation_ends_after_seven_days_and_a_new_one_ends_the_old(
        self, office: FlaskClient, app: Flask, clock: time_machine.Traveller
    ) -> None:
        first = invited("Tove")
        number = queries.by_email(address("Tove"))
        assert number is not None
        staff.invite_again(number.id, act=act_at())
        assert app.test_client().get(first).status_code == 404
        second = link_of(Purpose.INVITE, number.id)

        clock.shift(7 * DAY)

        assert app.test_client().get(second).status_code == 404

    def test_one_address_has_one_account(self, office: FlaskClient) -> None:
        page = visit(office, "/personal/anvandare/ny")

        page = page.submit(
            page.forms[1],
            {"namn": "A", "epost": address("Astrid").upper(), "roll": "coordinator", "var": "everywhere"},
            status=422,
        )

        assert [field for field, _ in page.errors] == ["epost"]
        assert value("SELECT count(*) FROM staff") == 1

    def test_a_role_that_cannot_be_there_is_refused_and_nothing_is_kept(self, office: FlaskClient) -> None:
        before = database_dump()
        page = visit(office, "/personal/anvandare/ny")

        for role, where in (
            ("branch", "everywhere"),
            ("administrator", "organisation-1"),
            ("", "everywhere"),
            ("x", "y"),
        ):
            fields = {"namn": "E", "epost": "e@bibliotek.example", "roll": role, "var": where}
            assert page.submit(page.forms[1], fields, status=422).errors

        assert database_dump() == before


class TestNewPassword:
    def test_the_link_works_once_within_the_hour_and_ends_every_session(
        self, astrid: int, app: Flask, clock: time_machine.Traveller
    ) -> None:
        maj = employ("Maj", Post(Role.COORDINATOR))
        elsewhere = inside(app.test_client(), maj)
        page = visit(app.test_client(), "/personal/losenord").submit({"epost": address("Maj")})
        assert page.heading == "Titta i din inkorg"
        link = link_of(Purpose.RESET, maj)

        page = visit(opened(app.test_client(), link), "/personal/losenord/nytt").submit({"losenord": NEW})

        assert "Logga ut" in page.text
        assert elsewhere.get("/personal").status_code == 303
        assert app.test_client().get(link).status_code == 404

    @pytest.mark.parametrize(("after", "status"), [(59, 303), (60, 404)])
    def test_the_link_lives_an_hour(
        self, astrid: int, client: FlaskClient, clock: time_machine.Traveller, after: int, status: int
    ) -> None:
        link = reset_link(employ("Maj", Post(Role.COORDINATOR)))

        clock.shift(dt.timedelta(minutes=after))

        assert client.get(link).status_code == status

    def test_a_granted_browser_loses_it_with_the_hour(
        self, astrid: int, client: FlaskClient, clock: time_machine.Traveller
    ) -> None:
        opened(client, reset_link(employ("Maj", Post(Role.COORDINATOR))))

        clock.shift(HOUR)

        assert client.get("/personal/losenord/nytt").status_code == 404

    def test_the_link_does_not_pass_by_the_second_factor(self, astrid: int, client: FlaskClient) -> None:
        page = visit(opened(client, reset_link(astrid)), "/personal/losenord/nytt").submit({"losenord": NEW})

        assert page.heading == "Koden från din telefon"
        assert client.get("/personal").status_code == 303

    def test_known_and_unknown_addresses_get_the_same_page_and_strangers_no_letter(
        self, astrid: int, app: Flask
    ) -> None:
        closed = employ("Folke", Post(Role.AUDITOR))
        staff.close(closed, act=act_at())
        texts = []

        for name in ("Astrid", "Folke", "Rolf"):
            page = visit(app.test_client(), "/personal/losenord").submit({"epost": address(name)})
            texts.append((page.url, page.text))

        assert len(set(texts)) == 1
        assert [to for (to,) in rows("SELECT recipient FROM letters")] == [address("Astrid")]

    def test_a_flood_of_requests_writes_three_letters_an_hour(self, astrid: int) -> None:
        for _ in range(40):
            staff.send_reset(address("Astrid"), act=act_at())

        assert len(letters_to(address("Astrid"))) == 3

    def test_a_family_link_is_no_key_to_an_account(self, astrid: int, client: FlaskClient) -> None:
        opened(client, invited("Tove"))

        assert client.get("/personal/losenord/nytt").status_code == 404


class TestUsers:
    def test_roles_are_given_and_taken_on_the_page_and_stand_in_the_trail(
        self, office: FlaskClient, astrid: int
    ) -> None:
        maj = employ("Maj", Post(Role.COORDINATOR))
        page = visit(office, f"/personal/anvandare/{maj}")

        page = page.submit(page.forms[2], {"roll": "auditor"})
        assert "Granskare" in page.text
        page = page.submit(page.forms[1])

        member = queries.member(maj)
        assert member is not None
        assert [post for _, post in member.posts] == [Post(Role.AUDITOR)]
        assert trail(maj)[-2:] == ["give_role:auditor", "take_role:coordinator"]
        assert rows("SELECT DISTINCT actor_kind, actor_ref FROM audit_entries WHERE verb = 'give_role:auditor'") == [
            ("staff", str(astrid))
        ]

    def test_the_trail_holds_no_name_and_no_address(self, office: FlaskClient) -> None:
        maj = employ("Maj", Post(Role.COORDINATOR))
        staff.close(maj, act=act_at())

        assert "maj" not in repr(rows("SELECT * FROM audit_entries")).lower()

    def test_closing_and_opening_again(self, office: FlaskClient, app: Flask) -> None:
        maj = employ("Maj", Post(Role.COORDINATOR))
        page = visit(office, f"/personal/anvandare/{maj}")

        page = page.submit(next(form for form in page.forms if form.action.endswith("/avstangning")))
        assert "Stängt" in page.text
        with pytest.raises(WrongSignIn):
            signing_in.sign_in(address("Maj"), PASSWORD, network="192.0.2.1", act=act_at())
        page.submit(next(form for form in page.forms if form.action.endswith("/oppning")))

        assert signing_in.sign_in(address("Maj"), PASSWORD, network="192.0.2.1", act=act_at()).token

    def test_the_last_administrator_stays(self, office: FlaskClient, astrid: int) -> None:
        role = value("SELECT id FROM staff_roles WHERE staff_id = :id", id=astrid)
        page = visit(office, f"/personal/anvandare/{astrid}")

        page = page.submit(page.forms[1], status=422)

        assert "sista administratören" in page.errors[0][1]
        with pytest.raises(staff.NotYourself):
            staff.close(astrid, act=signing_in.by(astrid, act_at()))
        with pytest.raises(staff.LastAdministrator):
            staff.close(astrid, act=act_at())
        employ("Birgit", Post(Role.ADMINISTRATOR))
        staff.take_role(astrid, role, act=act_at())

    def test_a_role_of_somebody_else_is_not_taken_by_this_ones_page(self, astrid: int) -> None:
        maj = employ("Maj", Post(Role.COORDINATOR))
        role = value("SELECT id FROM staff_roles WHERE staff_id = :id", id=astrid)

        staff.take_role(maj, role, act=act_at())

        assert value("SELECT count(*) FROM staff_roles WHERE id = :id", id=role) == 1

    def test_an_auditor_sees_everything_and_finds_no_button(self, astrid: int, client: FlaskClient) -> None:
        inside(client, employ("Folke", Post(Role.AUDITOR)))

        for path in ("/personal/anvandare", f"/personal/anvandare/{astrid}"):
            page = visit(client, path)
            assert [form.action for form in page.forms] == ["/personal/logga-ut"]
            assert "Bjud in en kollega" not in page.links

    def test_a_phone_that_is_gone_begins_anew(self, office: FlaskClient, app: Flask) -> None:
        birgit = employ("Birgit", Post(Role.ADMINISTRATOR))
        there = inside(app.test_client(), birgit)
        page = visit(office, f"/personal/anvandare/{birgit}")

        page.submit(next(form for form in page.forms if form.action.endswith("/tvasteg")))

        assert there.get("/personal").status_code == 303
        assert not signing_in.sign_in(address("Birgit"), PASSWORD, network="192.0.2.1", act=act_at()).is_half

    def test_hundreds_of_users_cost_the_same_few_questions(self, office: FlaskClient) -> None:
        def questions() -> int:
            with counted() as asked:
                assert office.get("/personal/anvandare").status_code == 200
            return len(asked)

        few = questions()
        for number in range(60):
            staff.open_account(
                f"nr{number}@bibliotek.example",
                name=f"Nr {number}",
                posts=[Post(Role.TRAINER)],
                grounds=[],
                password_hash="x",
                act=act_at(),
            )

        assert questions() == few <= 10


def test_codes_of_before_are_worth_nothing_after_beginning_anew(astrid: int) -> None:
    old = code_of(astrid, now=NOW)
    staff.begin_second_factor_anew(astrid, act=act_at())

    assert not second_factor.use(astrid, old, act=act_at(NOW + HOUR))
