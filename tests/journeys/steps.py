"""What families do on the pages, and the letters that they get."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.journeys.site import CANARY

ADA, BO, CIA = ("Ada", "9"), ("Bo", "8"), ("Cia", "10")
PHONE = "070-174 06 05"
_numbers = itertools.count(1)


def new_address(name: str = "samira") -> str:
    """A mail address that nobody has booked with, and that no log may hold."""
    return f"{name}.{next(_numbers)}.{CANARY}@example.org"


def action(page: Page) -> Locator:
    """The page's one marigold button."""
    return page.locator(".button.act")


def fill_in(page: Page, *children: tuple[str, str], email: str, adult: str = f"Samira {CANARY}") -> None:
    """Write a family into the booking form; a row for each child is added by the form's own button."""
    for number, (name, age) in enumerate(children, 1):
        if number > 1:
            page.locator("button[name=mer]").click()
        page.locator(f"#barn-{number}-namn").fill(name)
        page.locator(f"#barn-{number}-alder").fill(age)
    page.locator("#namn").fill(adult)
    page.locator("#epost").fill(email)
    page.locator("#telefon").fill(PHONE)


def book(page: Page, slot: int, *children: tuple[str, str], email: str, language: str = "") -> None:
    """From the slot's page to the receipt."""
    page.goto(f"{language}/pass/{slot}")
    action(page).click()
    fill_in(page, *children, email=email)
    action(page).click()
    page.wait_for_url(re.compile(r"/bokning/[^/]+\?ny=1$"))


def heading(page: Page) -> Locator:
    return page.locator("h1")


def open_letter(page: Page, subject: str, *, to: str) -> None:
    """The newest letter with these words in its subject to this address, at /demo/brev."""
    page.goto("/demo/brev")
    row = page.locator(".post > li").filter(has_text=to).filter(has_text=re.compile(re.escape(subject))).first
    row.get_by_role("link").click()
    expect(page.locator(".mailhead")).to_contain_text(to)


def links_of_letter(page: Page) -> Sequence[str]:
    """The secret addresses in the letter that is open, in its order."""
    found = [link.get_attribute("href") or "" for link in page.locator(".letter a").all()]
    return [address for address in found if "/l/" in address]


def download(page: Page, words: str) -> str:
    """Follow the link or button with these words; what the file says that comes."""
    with page.expect_download() as coming:
        page.get_by_role("link", name=words, exact=True).click()
    return Path(coming.value.path()).read_text(encoding="utf-8")


def history(page: Page) -> list[str]:
    """Every address that the back button of this page can lead to."""
    entries = page.context.new_cdp_session(page).send("Page.getNavigationHistory")["entries"]
    return [entry["url"] for entry in entries]
