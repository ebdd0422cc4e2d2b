"""Without a mouse: every step can be taken with keys, and one always sees where one is (requirements I1, I2, I3)."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.journeys.site import PLACE, TITLE, Site
from tests.journeys.steps import heading, new_address

MOST_TABS = 80
PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
# What is wrong with the focus, as words; "" when it is well visible. A row's link is outlined all over its row.
SEEN = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return "nothing has the focus";
    const rings = [getComputedStyle(one), getComputedStyle(one, "::after")];
    if (!rings.some(ring => ring.outlineStyle !== "none" && parseFloat(ring.outlineWidth) >= 2)) return "no ring";
    const box = one.getBoundingClientRect();
    if (box.bottom < 0 || box.top > innerHeight || box.right < 0 || box.left > innerWidth) return "out of sight";
    const [x, y] = [box.left + Math.min(box.width, innerWidth) / 2, box.top + box.height / 2];
    const over = document.elementFromPoint(x, Math.min(Math.max(y, 1), innerHeight - 1));
    const related = over && (one.contains(over) || over.contains(one) || over.htmlFor === one.id);
    return related ? "" : `covered by ${over && over.outerHTML.slice(0, 80)}`;
}"""


def tab_to(page: Page, target: Locator) -> list[str]:
    """Press Tab until `target` has the focus; the faults of every stop on the way. Fails after MOST_TABS."""
    faults = []
    page.wait_for_load_state()
    page.evaluate(PAINTED)  # until then the browser may still go to the address's fragment, which takes the focus away
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        where = page.evaluate("document.activeElement.outerHTML.slice(0, 90)")
        faults += [f"{fault}: {where} {page.url} {target}" for fault in [page.evaluate(SEEN)] if fault]
        if target.evaluate("one => one === document.activeElement"):
            return faults
    raise AssertionError(f"{MOST_TABS} tabs did not reach {target}")


def test_a_parent_books_with_the_keyboard_alone(site: Site, open_page: Callable[..., Page]) -> None:
    slot, page = site.new_slot(days=2), open_page(width=1280, height=800)
    keys = page.keyboard
    page.goto("/")

    keys.press("Tab")
    skip = page.get_by_role("link", name="Hoppa till innehållet")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    keys.press("Enter")
    faults = tab_to(page, place := page.get_by_label("Var", exact=True))
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    keys.type(PLACE[:8])
    expect(place.locator("option:checked")).to_have_text(PLACE)
    faults += tab_to(page, age := page.get_by_label("Ålder"))
    keys.press("ArrowDown")
    expect(age).not_to_have_value("")
    age.press("Home")
    keys.type("9")
    faults += tab_to(page, page.get_by_label("Bara lediga"))
    keys.press("Space")
    faults += tab_to(page, page.get_by_role("button", name="Visa pass"))
    keys.press("Enter")

    page.wait_for_url("**/pass?*")
    faults += tab_to(page, page.locator(f"#pass-{slot}"))
    keys.press("Enter")
    expect(heading(page)).to_have_text(TITLE)
    faults += tab_to(page, page.get_by_role("link", name="Boka plats").first)
    keys.press("Enter")

    page.wait_for_url("**/bokning")
    faults += tab_to(page, page.locator("#barn-1-namn"))
    keys.type("Ada")
    keys.press("Tab")
    keys.type("9")
    faults += tab_to(page, page.get_by_role("button", name="Lägg till ett barn"))
    keys.press("Enter")
    expect(page.locator("#barn-2-namn")).to_be_focused()
    keys.type("Bo")
    faults += tab_to(page, page.locator("#namn"))
    keys.type("Samira")
    faults += tab_to(page, page.get_by_label("En", exact=True))
    keys.press("ArrowRight")
    expect(page.get_by_label("Två", exact=True)).to_be_checked()
    faults += tab_to(page, page.get_by_role("button", name="Boka 2 platser"))
    keys.press("Enter")

    expect(page).to_have_title(re.compile("^Fel: "))
    expect(page.locator(".summary")).to_be_focused()
    faults += tab_to(page, page.locator(".summary a").first)
    keys.press("Enter")
    expect(page.locator("#barn-2-alder")).to_be_focused()
    keys.type("8")
    faults += tab_to(page, page.locator("#epost"))
    keys.type(new_address())
    keys.press("Enter")

    expect(heading(page)).to_have_text("Ada och Bo har plats")
    assert not faults, "\n".join(faults)


def test_the_eye_for_focus_sees_what_is_wrong(site: Site, page: Page) -> None:
    page.goto("/om")
    page.keyboard.press("Tab")
    assert page.evaluate(SEEN) == ""

    page.evaluate("document.activeElement.style.outline = 'none'")
    assert page.evaluate(SEEN) == "no ring"
    page.evaluate("document.activeElement.style = 'position: absolute; left: -99rem'")
    assert page.evaluate(SEEN) == "out of sight"
    page.evaluate("document.activeElement.style = 'position: static'")
    page.evaluate("document.querySelector('.top').style = 'position: fixed; inset: 0; z-index: 99'")
    assert page.evaluate(SEEN).startswith("covered")
