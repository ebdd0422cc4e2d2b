"""The staff's door and their own pages in a real browser: every state is judged at every width and in both themes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import looking
from tests.journeys.looking import PHONE
from tests.journeys.site import LONG_PLACE, LONG_TITLE, PLACE, TITLE, Site
from tests.journeys.steps import action
from tests.journeys.watching import Watch

ADMINISTRATOR, COORDINATOR = "Astrid", "Maj"


@dataclass
class Desk:
    """Two who are signed in, and somebody who is not."""

    pages: dict[str, Page]
    slot: int
    other: int

    @property
    def meeting(self) -> str:
        """The address of the other workshop's meeting."""
        page = self.at(COORDINATOR, f"/personal/pass/{self.other}")
        found = page.get_by_role("link", name="Flytta").first.get_attribute("href")
        assert found is not None
        return found.removesuffix("/flytt")

    def at(self, name: str, path: str, *, status: int = 200) -> Page:
        page = self.pages[name]
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == status, f"{path} answers {answer.status}"
        return page


@pytest.fixture(scope="module")
def desk(site: Site, browser: Browser) -> Iterator[Desk]:
    watch, contexts, pages = Watch(host=f"127.0.0.1:{site.server.port}"), [], {}
    for name in ("nobody", ADMINISTRATOR, COORDINATOR):
        context = browser.new_context(
            base_url=site.server.url, viewport={"width": PHONE, "height": 740}, locale="sv-SE", reduced_motion="reduce"
        )
        watch.over(context)
        contexts.append(context)
        pages[name] = context.new_page()
        if name != "nobody":
            come_in(pages[name], name)
    yield Desk(pages, site.new_slot(days=40), site.new_slot(days=41))
    faults = watch.faults()
    for context in contexts:
        context.close()
    assert not faults, "\n".join(faults)


def come_in(page: Page, name: str) -> None:
    """Sign in with what the demo's page tells: the password, and the code that the phone would show."""
    page.goto("/personal")
    email, password = page.locator(".keys div", has_text=f"{name},").locator("code").all_inner_texts()
    page.get_by_label("E-post").fill(email)
    page.get_by_label("Lösenord").fill(password)
    action(page).click()
    if page.url.endswith("/kod?next=/personal"):
        page.get_by_label("Kod").fill(page.locator(".note strong").inner_text())
        action(page).click()
    expect(page.get_by_role("button", name="Logga ut")).to_be_visible()


def mistaken(desk: Desk) -> Page:
    page = desk.at("nobody", "/personal/logga-in")
    page.get_by_label("E-post").fill("rolf@bibliotek.example")
    page.get_by_label("Lösenord").fill("fel-fel-fel-fel")
    action(page).click()
    expect(page.locator(".summary")).to_contain_text("stämmer inte")
    assert page.get_by_label("Lösenord").input_value() == ""
    return page


def sent(desk: Desk) -> Page:
    page = desk.at("nobody", "/personal/losenord")
    page.get_by_label("E-post").fill("rolf@bibliotek.example")
    action(page).click()
    expect(page.locator("h1")).to_have_text("Titta i din inkorg")
    return page


def uninvited(desk: Desk) -> Page:
    page = desk.at(ADMINISTRATOR, "/personal/anvandare/ny")
    action(page).click()
    expect(page.locator(".summary li")).to_have_count(3)
    return page


def one_user(desk: Desk) -> Page:
    page = desk.at(ADMINISTRATOR, "/personal/anvandare")
    page.get_by_role("link", name="Elin").click()
    expect(page.locator("h1")).to_have_text("Elin")
    return page


def setting_up(desk: Desk) -> Page:
    page = desk.at(COORDINATOR, "/personal/konto/tvasteg")
    if page.get_by_role("button", name="Kom i gång").count():
        page.get_by_role("button", name="Kom i gång").click()
    expect(page.locator("svg.qr")).to_be_visible()
    return page


def kept(desk: Desk) -> Page:
    page = desk.at(ADMINISTRATOR, "/personal/konto/tvasteg")
    page.get_by_role("button", name="Gör nya reservkoder").click()
    expect(page.locator(".codes li")).to_have_count(10)
    return page


def one_place(desk: Desk, name: str = ADMINISTRATOR) -> Page:
    page = desk.at(name, "/personal/platser")
    page.get_by_role("link", name=PLACE).click()
    expect(page.locator("h1")).to_have_text(PLACE)
    return page


def wrong_hours(desk: Desk) -> Page:
    page = one_place(desk, COORDINATOR)
    page.get_by_role("link", name="Rätta öppettiderna").click()
    page.get_by_label("Måndag").fill("tio till sex")
    page.get_by_role("button", name="Spara").click()
    expect(page.locator(".summary li")).to_have_count(1)
    return page


def changed_meanwhile(desk: Desk) -> Page:
    """Two have the same page open; the second to save sees both versions."""
    pages = [one_place(desk, name) for name in (ADMINISTRATOR, COORDINATOR)]
    for page in pages:
        page.get_by_role("link", name="Rätta tillgänglighet").click()
    for page, note in zip(pages, (LONG_TITLE, "Hiss finns."), strict=True):
        page.get_by_label("Tillgänglighet").fill(note)
        page.get_by_role("button", name="Spara").click()
    expect(pages[1].locator(".both dd")).to_have_count(2)
    assert pages[1].get_by_label("Tillgänglighet").input_value() == "Hiss finns."
    return pages[1]


def closing(desk: Desk) -> Page:
    page = one_place(desk)
    page.get_by_role("link", name="Stäng stället").click()
    page.get_by_label("Stängt från och med").fill("2026-01-01")
    action(page).click()
    expect(page.locator(".note")).to_contain_text("träffar är planerade där")
    return page


def slot_off(desk: Desk) -> Page:
    """A workshop that was called off a moment ago, with the button that undoes it."""
    page = desk.at(COORDINATOR, f"/personal/pass/{desk.slot}")
    if page.get_by_role("button", name="Ångra").count() == 0:
        page.get_by_role("link", name="Ställ in passet").click()
        page.get_by_label("Skäl, på svenska").fill("Vattenläcka i lokalen.")
        action(page).click()
    expect(page.get_by_role("button", name="Ångra")).to_be_visible()
    return page


def calling_off_badly(desk: Desk) -> Page:
    page = desk.at(COORDINATOR, f"/personal/pass/{desk.other}/installt")
    action(page).click()
    expect(page.locator(".summary")).to_be_visible()
    return page


def imported(desk: Desk, *rows: str) -> Page:
    """The import after a file with these rows was chosen."""
    page = desk.at(COORDINATOR, "/personal/planering/import")
    raw = "\n".join(["aktivitet;ställe;datum;börjar", *rows]).encode()
    page.get_by_label("Fil").set_input_files({"name": "plan.csv", "mimeType": "text/csv", "buffer": raw})
    action(page).click()
    return page


def shown(desk: Desk) -> Page:
    day = dt.date.today() + dt.timedelta(days=30)  # noqa: DTZ011  # any coming day
    page = imported(desk, f"{TITLE};{PLACE};{day};15:30", f"{LONG_TITLE};{LONG_PLACE};{day.year + 1}-12-25;15:30")
    expect(page.locator("h1")).to_have_text("Det här skulle planeras")
    expect(page.locator("ol.people > li")).to_have_count(2)
    expect(page.locator(".state.few").first).to_be_visible()
    return page


def unshown(desk: Desk) -> Page:
    page = imported(desk, f"{TITLE};Okänt;2030-02-30;15:30", "Okänd;Okänt;2030-03-01;25:00")
    expect(page.locator(".summary")).to_contain_text("fel")
    return page


def unreviewed(desk: Desk) -> Page:
    page = desk.at(COORDINATOR, "/personal/pass/1/export")
    action(page).click()
    expect(page.locator(".summary li")).to_have_count(1)
    return page


PAGES: dict[str, Callable[[Desk], Page]] = {
    "door": lambda desk: desk.at("nobody", "/personal/logga-in"),
    "door, in English": lambda desk: desk.at("nobody", "/en/personal/logga-in"),
    "door, mistaken": mistaken,
    "new password": lambda desk: desk.at("nobody", "/personal/losenord"),
    "new password, sent": sent,
    "start": lambda desk: desk.at(ADMINISTRATOR, "/personal"),
    "account": lambda desk: desk.at(COORDINATOR, "/personal/konto"),
    "account, in English": lambda desk: desk.at(ADMINISTRATOR, "/en/personal/konto"),
    "changing the password": lambda desk: desk.at(COORDINATOR, "/personal/konto/losenord"),
    "two steps, off": lambda desk: desk.at(COORDINATOR, "/personal/konto/tvasteg"),
    "two steps, setting up": setting_up,
    "two steps, on": lambda desk: desk.at(ADMINISTRATOR, "/personal/konto/tvasteg"),
    "recovery codes": kept,
    "users": lambda desk: desk.at(ADMINISTRATOR, "/personal/anvandare"),
    "user": one_user,
    "inviting": lambda desk: desk.at(ADMINISTRATOR, "/personal/anvandare/ny"),
    "inviting, mistaken": uninvited,
    "places": lambda desk: desk.at(ADMINISTRATOR, "/personal/platser"),
    "a place": one_place,
    "its opening hours, mistaken": wrong_hours,
    "a place, changed meanwhile": changed_meanwhile,
    "closing a place": closing,
    "writing a text": lambda desk: desk.at(ADMINISTRATOR, "/personal/texter/om"),
    "the weeks": lambda desk: desk.at(COORDINATOR, "/personal/tavla"),
    "a workshop that can be put back": slot_off,
    "calling off, mistaken": calling_off_badly,
    "moving": lambda desk: desk.at(COORDINATOR, desk.meeting + "/flytt"),
    "changing who leads": lambda desk: desk.at(COORDINATOR, desk.meeting + "/ledare"),
    "equipment": lambda desk: desk.at(COORDINATOR, desk.meeting + "/utrustning"),
    "not allowed": lambda desk: desk.at(COORDINATOR, "/personal/anvandare", status=403),
    "export": lambda desk: desk.at(COORDINATOR, "/personal/export"),
    "import, mistaken": unshown,
    "import, shown": shown,
    "list of people, without the review": unreviewed,
}


@pytest.mark.parametrize("name", PAGES)
def test_a_staff_page_has_no_fault_at_any_width_in_either_theme(desk: Desk, name: str) -> None:
    for page in desk.pages.values():
        looking.window(page, PHONE)

    faults = looking.everywhere(PAGES[name](desk))

    assert not faults, "\n".join(faults)


def test_the_board_of_weeks_prints_on_one_sheet_of_a3_across_its_width(desk: Desk) -> None:
    page = desk.at(COORDINATOR, "/personal/tavla")

    printed = page.pdf(prefer_css_page_size=True)

    sheets = re.findall(rb"/MediaBox ?\[0 0 ([0-9.]+) ([0-9.]+)\]", printed)
    assert {(round(float(width)), round(float(height))) for width, height in sheets} == {(1191, 842)}
    page.emulate_media(media="print")
    looking.window(page, 1514)  # A3 without its margins, at 96 pixels to the inch
    assert looking.sticks_out(page) == []
    page.emulate_media(media="screen")


def test_a_password_is_pasted_and_the_way_out_is_one_press(open_page: Callable[..., Page]) -> None:
    """Requirements D8 and E2 in a browser: no script hinders pasting, and the back button shows nothing afterwards."""
    page = open_page()
    come_in(page, COORDINATOR)
    page.goto("/personal/konto/losenord")
    page.get_by_label("Nytt lösenord").evaluate(
        "field => { field.focus(); document.execCommand('insertText', false, 'sju gröna cyklar') }"
    )
    assert page.get_by_label("Nytt lösenord").input_value() == "sju gröna cyklar"

    page.get_by_role("button", name="Logga ut").click()

    expect(page).to_have_url(re.compile("/personal/logga-in$"))
    page.go_back()
    expect(page.locator("h1")).to_have_text("Logga in")
