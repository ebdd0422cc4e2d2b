"""The address says the language, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, render_template_string, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from booking.settings import BadSettings, Mode, load
from booking.web import language
from tests.page import visit
from tests.web.small import GOOD, URL, Small


@pytest.fixture
def told(sqlite_app: Flask) -> Flask:
    """`/sag/<word>` says what it knows about the language and its own addresses."""

    def tell(word: str) -> ResponseReturnValue:
        return {
            "language": language.current_language(),
            "self": url_for("tell", word=word),
            "other": language.switch_url("en" if language.current_language() == "sv" else "sv"),
            "asset": render_template_string("{{ asset('css/base.css') }}").partition("?")[0],
            "path": request.path,
        }

    sqlite_app.add_url_rule("/sag/<word>", "tell", tell, methods=["GET", "POST"])
    return sqlite_app


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/sag/x", {"language": "sv", "self": "/sag/x", "other": "/en/sag/x"}),
        ("/en/sag/x", {"language": "en", "self": "/en/sag/x", "other": "/sag/x"}),
        ("/en/sag/en", {"language": "en", "self": "/en/sag/en", "other": "/sag/en"}),
        ("/sag/x?q=åhus&lediga=1", {"language": "sv", "other": "/en/sag/x?q=%C3%A5hus&lediga=1"}),
        ("/en/sag/åhus", {"language": "en", "other": "/sag/%C3%A5hus"}),
        ('/sag/x?q="><script>', {"other": "/en/sag/x?q=%22%3E%3Cscript%3E"}),
    ],
)
def test_an_address_says_its_language_and_links_keep_it(told: Flask, address: str, expected: dict[str, str]) -> None:
    answer = told.test_client().get(address).get_json()

    assert {name: answer[name] for name in expected} == expected
    assert answer["asset"] == "/static/css/base.css"


def test_a_site_in_a_folder_keeps_its_folder(told: Flask) -> None:
    answer = told.test_client().get("/en/sag/x", base_url="http://localhost/kodplats").get_json()

    assert answer["self"] == "/kodplats/en/sag/x"
    assert answer["other"] == "/kodplats/sag/x"
    assert answer["asset"] == "/kodplats/static/css/base.css"


@pytest.mark.parametrize(("address", "to"), [("/en", "/en/"), ("/en?q=1", "/en/?q=1")])
def test_a_bare_prefix_gets_its_slash(told: Flask, address: str, to: str) -> None:
    response = told.test_client().get(address)

    assert (response.status_code, response.headers["Location"]) == (308, to)


@pytest.mark.parametrize(
    "address", ["/de/sag/x", "/english/sag/x", "/en-gb/sag/x", "/sv/sag/x", "/en/en/sag/x", "/EN/sag/x"]
)
def test_other_prefixes_lead_nowhere(told: Flask, address: str) -> None:
    assert told.test_client().get(address).status_code == 404


def test_the_browsers_own_wish_changes_nothing(told: Flask) -> None:
    answer = told.test_client().get("/sag/x", headers={"Accept-Language": "en-GB,en;q=0.9"})

    assert answer.get_json()["language"] == "sv"
    assert "Accept-Language" not in answer.headers.get("Vary", "")


def test_after_a_post_the_switch_leads_to_the_forms_own_page(small: Small) -> None:
    page = visit(small.client(), URL).submit({**GOOD, "namn": ""}, status=422)

    assert page.links["English"] == f"/en{URL}"


def test_a_letter_speaks_the_language_that_it_is_written_in(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        assert language.current_language() == "sv"
        with force_locale("en"):
            assert language.current_language() == "en"


class TestWords:
    """`_()` and `ngettext()` in templates."""

    def test_values_are_escaped_and_words_are_not(self, sqlite_app: Flask) -> None:
        with sqlite_app.test_request_context():
            assert render_template_string("{{ _('a < %(b)s', b='<b>') }}") == "a < &lt;b&gt;"
            assert render_template_string("{{ ngettext('%(num)s & %(b)s', '%(num)s', 1, b='&') }}") == "1 & &amp;"

    def test_a_percent_sign_is_written_twice_with_and_without_values(self, sqlite_app: Flask) -> None:
        with sqlite_app.test_request_context():
            assert render_template_string("{{ _('5 %% of %(all)s', all=3) }}{{ _('5 %%') }}") == "5 % of 35 %"

    def test_swedish_and_english_count(self, sqlite_app: Flask) -> None:
        words = "{{ ngettext('%(num)s seat left', '%(num)s seats left', 1) }}"
        with sqlite_app.test_request_context():
            assert render_template_string(words) == "1 plats kvar"
            assert render_template_string(words, language="en") == "1 seat left"

    def test_a_text_letter_is_not_escaped(self, sqlite_app: Flask) -> None:
        template = sqlite_app.jinja_env.from_string(
            "{% autoescape false %}{{ _('%(name)s', name='A & B') }}{% endautoescape %}"
        )
        with sqlite_app.test_request_context():
            assert template.render() == "A & B"


def test_without_compiled_texts_the_program_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "TRANSLATIONS", tmp_path)
    settings = load(instance_path=tmp_path, environ={}, mode=Mode.DEMO)

    with pytest.raises(BadSettings, match="make run"):
        language.init_app(Flask("x"), settings)
