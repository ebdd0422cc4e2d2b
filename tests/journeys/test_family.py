"""A family on a phone: find, book, change, cancel, wait, be promoted; with scripts and without."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from icalendar import Calendar
from playwright.sync_api import Page, expect

from tests.journeys.site import ENGLISH_TITLE, PLACE, TITLE, Site
from tests.journeys.steps import (
    ADA,
    BO,
    CIA,
    action,
    book,
    download,
    fill_in,
    heading,
    history,
    links_of_letter,
    new_address,
    open_letter,
)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_parent_finds_a_workshop_books_two_children_changes_the_party_and_cancels(
    site: Site, open_page: Callable[..., Page], scripts: bool
) -> None:
    slot = site.new_slot(days=1)
    page = open_page(java_script_enabled=scripts)

    page.goto("/")
    page.get_by_label("Var", exact=True).select_option(label=PLACE)
    page.get_by_label("Ålder").select_option(label="9 år")
    page.get_by_label("Bara lediga").check()
    page.get_by_role("button", name="Visa pass").click()
    expect(heading(page)).to_have_text("Pass som passar")
    expect(page.locator(".rows > li").first).to_be_in_viewport(ratio=1)  # without scrolling past the filters
    assert {"Fullt", "Inställt"}.isdisjoint(page.locator("main").inner_text().split())
    page.locator(f"#pass-{slot}").click()
    expect(heading(page)).to_have_text(TITLE)
    action(page).click()
    expect(page.locator(".note")).to_contain_text("Det finns plats till barnet.")
    fill_in(page, ADA, BO, email=new_address())
    expect(page.locator("#barn-1-namn")).to_have_value("Ada")
    expect(action(page)).to_have_text("Boka 2 platser")
    action(page).click()

    expect(heading(page)).to_have_text("Ada och Bo har plats")
    expect(page.locator(".note.open")).to_contain_text("Bokningen är klar.")
    expect(page.get_by_text("070-174 06 05")).to_be_visible()

    page.get_by_role("link", name="Lägg till ett barn").click()
    page.locator("#namn").fill("Cia")
    page.locator("#alder").fill("10")
    action(page).click()
    expect(heading(page)).to_have_text("Ada, Bo och Cia har plats")
    page.get_by_role("link", name="Ändra Bo").click()
    page.get_by_role("button", name="Ta bort Bo").click()
    expect(heading(page)).to_have_text("Ada och Cia har plats")

    [event] = Calendar.from_ical(download(page, "Lägg i kalendern")).walk("VEVENT")
    assert event["SUMMARY"] == TITLE
    assert "Ada" not in event.to_ical().decode()

    page.get_by_role("link", name="Avboka platserna").click()
    expect(heading(page)).to_have_text("Vill ni avboka platserna?")
    page.get_by_role("button", name="Avboka platserna").click()
    expect(heading(page)).to_have_text("Bokningen är avbokad")
    page.get_by_role("link", name=TITLE).click()
    expect(page.locator(".action .state")).to_have_text("8 platser kvar")


def test_given_a_full_workshop_when_a_family_cancels_then_who_waits_longest_gets_the_seats(
    site: Site, open_page: Callable[..., Page]
) -> None:
    slot = site.new_slot(seats=2, days=20)
    first, second, samira = open_page(), open_page(), new_address()
    book(first, slot, ADA, BO, email=new_address("rolf"))

    second.goto(f"/pass/{slot}")
    expect(second.locator(".action .state")).to_have_text("Fullt, ingen i kö")
    book(second, slot, CIA, email=samira)
    expect(heading(second)).to_have_text("Cia står i kö")
    expect(second.locator(".note")).to_contain_text("Ni är nummer 1 i kön.")
    first.get_by_role("link", name="Avboka platserna").click()
    action(first).click()

    second.goto(second.url.partition("?")[0])
    expect(heading(second)).to_have_text("Cia har plats")
    another_phone = open_page()
    open_letter(another_phone, "Ni har fått plats", to=samira)
    another_phone.goto(links_of_letter(another_phone)[0])
    expect(heading(another_phone)).to_have_text("Cia har plats")


def test_given_a_lost_link_when_it_is_asked_for_then_the_letter_opens_every_booking(
    site: Site, open_page: Callable[..., Page]
) -> None:
    page, samira = open_page(), new_address()
    book(page, site.new_slot(days=21), ADA, email=samira)
    book(page, site.new_slot(days=22), BO, email=samira)
    stranger, another_phone = open_page(), open_page()

    stranger.goto(page.url)
    expect(heading(stranger)).to_have_text("Här står ingen bok")
    another_phone.goto("/")
    another_phone.get_by_role("contentinfo").get_by_role("link", name="Hitta din bokning").click()
    another_phone.get_by_label("E-post").fill(samira.upper())
    action(another_phone).click()
    expect(heading(another_phone)).to_have_text("Titta i din e-post")
    open_letter(another_phone, "Dina bokningar", to=samira)
    links = links_of_letter(another_phone)
    another_phone.get_by_role("link", name=links[0]).click()

    expect(heading(another_phone)).to_have_text("Dina bokningar")
    expect(another_phone.locator(".rows > li")).to_have_count(2)
    another_phone.locator(".rows a").first.click()
    expect(heading(another_phone)).to_have_text("Ada har plats")
    # The link's secret is nowhere to be found afterwards: E3. Referers are watched on every page.
    assert len(links) == 3
    for page_shown in (page, another_phone):
        assert not [address for address in history(page_shown) if "/l/" in address]


def test_given_a_form_with_mistakes_when_it_is_sent_then_each_is_said_and_nothing_typed_is_lost(
    site: Site, page: Page
) -> None:
    slot = site.new_slot(days=23, adult_stays=False)
    page.goto(f"/pass/{slot}/bokning")
    fill_in(page, ("Ada", "4"), ("", "8"), email="samira")
    page.locator("#telefon").fill("12")

    action(page).click()

    expect(page).to_have_title(re.compile("^Fel: "))
    expect(page.locator(".summary")).to_be_focused()
    expect(page.locator(".summary h2")).to_have_text("4 saker behöver rättas")
    said = page.locator(".summary a").all_inner_texts()
    assert [words.partition(":")[0] for words in said[:2]] == ["Barn 1", "Barn 2"]
    for number, wrong in enumerate(["barn-1-alder", "barn-2-namn", "epost", "telefon"]):
        link, control = page.locator(".summary a").nth(number), page.locator(f"#{wrong}")
        link.click()
        expect(control).to_be_focused()
        expect(control).to_be_in_viewport()
        expect(control).to_have_attribute("aria-invalid", "true")
        expect(control).to_have_accessible_description(re.compile(r"Fel: \S"))
    for name, typed in {"barn-1-namn": "Ada", "barn-2-alder": "8", "epost": "samira", "telefon": "12"}.items():
        expect(page.locator(f"#{name}")).to_have_value(typed)

    page.locator("#barn-1-alder").fill("9")
    page.locator("#barn-2-namn").fill("Bo")
    page.locator("#epost").fill(new_address())
    page.locator("#telefon").fill("0701740605")
    page.locator("#telefon").press("Enter")
    expect(heading(page)).to_have_text("Ada och Bo har plats")


def test_given_a_booking_when_the_back_button_leads_to_the_form_then_changed_data_never_books_twice(
    site: Site, page: Page
) -> None:
    slot, samira = site.new_slot(days=24), new_address()
    book(page, slot, ADA, email=samira)
    receipt = page.url.partition("?")[0]

    page.go_back()
    page.locator("#barn-1-namn").fill("Bo")
    page.locator("#barn-1-alder").fill("8")
    page.locator("#namn").fill("Samira")
    page.locator("#epost").fill(samira)
    action(page).click()

    expect(page.locator("main")).to_contain_text(re.compile("Det finns redan en bokning|Du har redan bokat"))
    page.goto(receipt)
    expect(heading(page)).to_have_text("Ada har plats")
    page.goto(f"/pass/{slot}")
    expect(page.locator(".action .state")).to_have_text("7 platser kvar")


def test_given_a_used_form_when_it_is_sent_again_with_other_data_then_the_page_offers_to_change_the_booking(
    site: Site, page: Page
) -> None:
    page.goto(f"/pass/{site.new_slot(days=25)}/bokning")
    key = page.locator("input[name=nyckel]").input_value()
    fill_in(page, ADA, email=new_address())
    action(page).click()
    page.wait_for_url("**/bokning/*")

    page.go_back()
    fill_in(page, BO, email=new_address())
    # A browser that kept the page as it was sends the old key.
    page.locator("input[name=nyckel]").evaluate("(hidden, key) => hidden.value = key", key)
    action(page).click()

    expect(heading(page)).to_have_text("Du har redan bokat")
    page.get_by_role("link", name="Se eller ändra bokningen").click()
    expect(heading(page)).to_have_text("Ada har plats")


def test_a_family_that_reads_english_meets_english_all_the_way(site: Site, open_page: Callable[..., Page]) -> None:
    slot, samira, page = site.new_slot(seats=1, days=26), new_address(), open_page()

    page.goto(f"/pass/{slot}")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(heading(page)).to_have_text(ENGLISH_TITLE)
    action(page).click()
    fill_in(page, ADA, BO, email=samira)
    expect(page.locator(".note")).to_contain_text("There is 1 seat left, too few for you together.")
    expect(action(page)).to_have_text("Queue for 2 seats")
    page.get_by_role("button", name="Remove child 2").click()
    expect(page.locator("#barn-1-namn")).to_have_value("Ada")
    expect(action(page)).to_have_text("Book 1 seat")
    action(page).click()

    expect(heading(page)).to_have_text("Ada has a seat")
    assert "/en/bokning/" in page.url
    open_letter(page, ENGLISH_TITLE, to=samira)
    expect(page.locator(".letter")).to_contain_text("Hello!")
    [link, *_] = links_of_letter(page)
    another_phone = open_page()
    another_phone.goto(link)
    expect(heading(another_phone)).to_have_text("Ada has a seat")
    another_phone.get_by_role("link", name="Svenska").click()
    expect(heading(another_phone)).to_have_text("Ada har plats")
