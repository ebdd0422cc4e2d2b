"""What every form does, tried on a page with each kind of field (requirements C1, C2, C5, C6, C8, C13, E4, E5, I2)."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from flask import Flask

from booking.kernel.refusal import N_, Refused
from booking.web.forms import BaseForm, EmailField, PhoneField
from tests.page import Page, visit
from tests.web.small import GOOD, URL, Small


def sent(small: Small, **changes: str) -> Page:
    """The form with `changes` to what is right: the page of errors."""
    return visit(small.client(), URL).submit({**GOOD, **changes}, status=422)


def error_at(page: Page, field: str) -> str:
    """The one error of the page; it stands in the summary and at its field, which is marked and described by it."""
    assert [name for name, _ in page.errors] == [field]
    control, shown = page.by_id(field), page.by_id(f"{field}-fel")
    assert control.get("aria-invalid") == "true"
    assert f"{field}-fel" in control.get("aria-describedby").split()
    assert page.errors[0][1] in shown.text
    return page.errors[0][1]


def test_a_right_form_ends_in_values_of_their_own_kind(small: Small) -> None:
    visit(small.client(), URL).submit({**GOOD, "barn-1-alder": " ٩ ", "namn": " Samira  Åkesson "})

    taken = small.taken[0]
    assert taken["barn-1-alder"] == 9
    assert taken["namn"] == "Samira Åkesson"
    assert taken["telefon"] == "+46701234567"
    assert taken["epost"] == "samira@example.org"


@pytest.mark.parametrize(
    ("field", "bad", "said"),
    [
        ("namn", "", "namn"),
        ("namn", "   ", "namn"),
        ("namn", "\u200b", "namn"),
        ("namn", "x" * 81, "80"),
        ("namn", "A\0da", None),
        ("namn", "A\u202eda", "tecken som inte kan användas"),
        ("namn", "A\u2028da", "tecken som inte kan användas"),
        ("namn", "A\u0085da", "tecken som inte kan användas"),
        ("namn", "Ada <b>", "tecken som inte kan användas"),
        ("namn", "köp.example", "adress"),
        ("barn-1-namn", "850709-9805", "personnummer"),
        ("rad", "A\u2066da", "tecken som inte kan användas"),
        ("rad", "A\tda", "tecken som inte kan användas"),
        ("rad", "mitt nummer är 198507099805", "personnummer"),
        ("behov", "850769-9802", "personnummer"),
        ("behov", "x" * 201, "200"),
        ("epost", "", "e-post"),
        ("epost", "samira", "e-post"),
        ("epost", "a@b@example.org", "e-post"),
        ("epost", "a@example.org, b@example.org", "en e-postadress"),
        ("epost", "a@example.org;b@example.org", "en e-postadress"),
        ("epost", "sami ra@example.org", "e-post"),
        ("epost", "<samira@example.org>", "e-post"),
        ("epost", "Samira <samira@example.org>", "e-post"),
        ("epost", "samira@example.org\u202e", "tecken"),
        ("epost", "a" * 250 + "@example.org", "254"),
        ("epost", "x" * 10_000, "254"),
        ("epost", "samira@localhost", "e-post"),
        ("epost", "samira@[127.0.0.1]", "e-post"),
        ("epost", '"sa mira"@example.org', "e-post"),
        ("epost", "samira@-example.org", "e-post"),
        ("epost", "sam..ira@example.org", "e-post"),
        ("epost", "åsa@example.org", "e-post"),
        ("epost", "=?UTF-8?Q?=0A?=@example.org", "e-post"),
        ("telefon", "", "telefonnummer"),
        ("telefon", "123", "telefonnummer"),
        ("telefon", "850709-9805", "telefonnummer"),
        ("telefon", "ring mig", "telefonnummer"),
        ("telefon", "070-123 45 67 eller 070-765 43 21", "telefonnummer"),
        ("telefon", "070-FLOWERS", "telefonnummer"),
        ("barn-1-alder", "-1", "4"),
        ("barn-1-alder", "0", "4"),
        ("barn-1-alder", "3", "4"),
        ("barn-1-alder", "14", "13"),
        ("barn-1-alder", "7.5", "4"),
        ("barn-1-alder", "7e1", "4"),
        ("barn-1-alder", "999999999999", "13"),
        ("barn-1-alder", "", "4"),
        ("barn-1-alder", "7år", "13"),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field_and_everything_typed_is_kept(
    small: Small, field: str, bad: str, said: str | None
) -> None:
    typed = {**GOOD, field: bad}
    if said is None:  # a NUL is turned away before any form is made
        assert visit(small.client(), URL).submit(typed, status=400).heading
        return

    page = sent(small, **{field: bad})

    assert said in error_at(page, field)
    assert page.title.startswith("Fel:")
    assert {name: page.forms[0].fields[name] for name in typed} == typed
    assert small.taken == []


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("samira@example.org", "samira@example.org"),
        ("  samira@example.org ", "samira@example.org"),
        ("Sam.Ira+bok@Example.ORG", "Sam.Ira+bok@example.org"),
        ("o'neil@example.org", "o'neil@example.org"),
        ("samira@räksmörgås.example.se", "samira@xn--rksmrgs-5wao1o.example.se"),
        ("samira@xn--rksmrgs-5wao1o.example.se", "samira@xn--rksmrgs-5wao1o.example.se"),
        ("samira@sub.domain.example.museum", "samira@sub.domain.example.museum"),
        ("a" * 64 + "@example.org", "a" * 64 + "@example.org"),
    ],
)
def test_a_mail_address_keeps_its_local_part_and_gets_an_ascii_domain(
    sqlite_app: Flask, typed: str, taken: str
) -> None:
    assert _read(sqlite_app, typed, EmailField) == taken


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("070-123 45 67", "+46701234567"),
        ("0701234567", "+46701234567"),
        ("+46 70 123 45 67", "+46701234567"),
        ("+46 (0)70-123 45 67", "+46701234567"),
        ("0046701234567", "+46701234567"),
        ("٠٧٠١٢٣٤٥٦٧", "+46701234567"),
        ("044-13 50 00", "+4644135000"),
        ("08-123 456 78", "+46812345678"),
        ("+45 32 12 34 56", "+4532123456"),
        ("+1 202-555-0143", "+12025550143"),
    ],
)
def test_a_phone_number_is_swedish_unless_it_begins_with_plus(sqlite_app: Flask, typed: str, taken: str) -> None:
    assert _read(sqlite_app, typed, PhoneField) == taken


def test_only_the_forms_own_fields_count_and_of_doubled_ones_the_first(small: Small) -> None:
    client = small.client()
    form = visit(client, URL).forms[0]
    doubled = {name: [value, "annat"] for name, value in {**form.fields, **GOOD}.items()}

    response = client.post(URL, data={**doubled, "role": "admin", "status": "confirmed", "price": "0", "queue": "1"})

    assert response.status_code == 303
    assert small.taken[0]["namn"] == "Samira"
    assert not {"role", "status", "price", "queue"} & small.taken[0].keys()


class TestToken:
    """A form's token (requirements E4, E5). The page comes back with 400, everything typed, and a fresh token."""

    def assert_kept(self, page: Page) -> None:
        assert {name: page.forms[0].fields[name] for name in GOOD} == GOOD
        assert page.errors[0][0] == ""
        assert page.title.startswith("Fel:")

    def test_a_form_without_token_changes_nothing_and_keeps_what_was_typed(self, small: Small) -> None:
        page = visit(small.client(), URL).submit(GOOD, extra={"csrf_token": ""}, status=400)

        self.assert_kept(page)
        assert small.taken == []

    def test_another_familys_token_opens_nothing(self, small: Small) -> None:
        others = visit(small.client(), URL).forms[0].fields["csrf_token"]

        page = visit(small.client(), URL).submit(GOOD, extra={"csrf_token": others}, status=400)

        self.assert_kept(page)
        assert small.taken == []

    def test_a_form_that_was_open_for_five_hours_is_taken(self, small: Small) -> None:
        with time_machine.travel(dt.datetime(2026, 11, 25, 8, tzinfo=dt.UTC), tick=False) as clock:
            page = visit(small.client(), URL)
            clock.shift(dt.timedelta(hours=5))
            page.submit(GOOD)

        assert len(small.taken) == 1

    def test_a_form_older_than_its_session_is_sent_with_one_more_click(self, small: Small) -> None:
        with time_machine.travel(dt.datetime(2026, 11, 25, 8, tzinfo=dt.UTC), tick=False) as clock:
            page = visit(small.client(), URL)
            clock.shift(dt.timedelta(hours=13))
            again = page.submit(GOOD, status=400)
            self.assert_kept(again)
            again.submit()

        assert len(small.taken) == 1

    def test_a_browser_that_lost_its_cookie_is_asked_for_one_more_click(self, small: Small) -> None:
        page = visit(small.client(), URL)
        page.client = small.client()

        page.submit(GOOD, status=400).submit()

        assert len(small.taken) == 1

    def test_a_damaged_form_key_is_replaced_and_asked_for_once_more(self, small: Small) -> None:
        again = visit(small.client(), URL).submit(GOOD, extra={"nyckel": "x" * 10_000}, status=422)
        again.submit()

        assert len(small.taken[0]["nyckel"]) == 32


class Unwilling(Refused):
    message = N_("Choose at least %(least)s.")


def test_a_refusal_stands_at_its_field_or_at_the_form(sqlite_app: Flask) -> None:
    class Asked(BaseForm):
        email = EmailField("Post", name="epost")

    with sqlite_app.test_request_context(method="POST"):
        form = Asked()
        form.refuse(Unwilling(field="epost", least=3))
        form.refuse(Unwilling(least=2))

        assert form.error_list == [(None, "Choose at least 2."), ("epost", "Choose at least 3.")]
        assert form.status == 422


def _read(app: Flask, typed: str, kind: type[EmailField | PhoneField]) -> object:
    """What a field of this kind makes of `typed`."""

    class Asked(BaseForm):
        class Meta:
            csrf = False

        asked = kind("?")

    with app.test_request_context(method="POST", data={"asked": typed}):
        form = Asked()
        assert form.asked.validate(form), form.asked.errors
        return form.asked.data
