"""How a page is judged by machine: axe, what sticks out, what is cut off. Each answers sentences; [] is good."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import Page

from tests.support import chromium

PHONE, TINY, HALF, WIDE = 360, 320, 640, 1280  # HALF: a wide window at 200 %; TINY: the same at 400 %

# What axe can find only by looking at another width or theme; all else is the same in each.
BY_WIDTH = ("target-size", "scrollable-region-focusable", "link-in-text-block")
BY_THEME = ("color-contrast",)

_RUN = """([values, type]) => axe.run(document, {runOnly: {type, values}, resultTypes: ["violations"]}).then(found =>
    found.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target} ${node.html}`)))"""

# Elements that reach out of the page sideways, but not those inside something that scrolls or is hidden on purpose.
_STICKS_OUT = """() => {
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= wide) return [];
    const out = [...document.body.querySelectorAll("*")].filter(one => one.getBoundingClientRect().right > wide + 1);
    const told = out.slice(0, 3).map(one => one.outerHTML.slice(0, 90));
    return [`${document.documentElement.scrollWidth} px in ${wide}`, ...told];
}"""

# Words that are cut off by the box they stand in. What only screen readers read is one pixel large, and rightly so;
# a choice or a field scrolls.
_CUT_OFF = """() => [...document.body.querySelectorAll("*")].filter(one => {
    const style = getComputedStyle(one);
    if (one.closest(".hidden-text, .skip, svg, select, input, textarea") || style.display === "inline") return false;
    if (![style.overflowX, style.overflowY].some(how => how === "hidden" || how === "clip")) return false;
    return one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1;
}).map(one => `cut off: ${one.outerHTML.slice(0, 90)}`)"""

# Lines, letters, words and paragraphs as far apart as WCAG 1.4.12 asks for. A sheet made by a script passes our policy.
_SPACE = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
        * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
        p { margin-block-end: 2em !important }`);
    document.adoptedStyleSheets = [sheet];
}"""


def everywhere(page: Page) -> list[str]:
    """All that is wrong with the page as it stands: on a phone, at every width, in both themes, with large and wide
    letters. The page is spent afterwards: its letters stay apart."""
    page.evaluate("document.fonts.ready")
    faults = [f"phone: {fault}" for fault in (*axe(page), *spilt(page))]
    page.emulate_media(color_scheme="dark")
    faults += [f"dark: {fault}" for fault in axe(page, BY_THEME)]
    page.emulate_media(color_scheme="light")
    for width in (TINY, HALF, WIDE):
        window(page, width)
        faults += [f"{width} px: {fault}" for fault in (*axe(page, BY_WIDTH), *spilt(page))]
    window(page, PHONE)
    enlarge_text(page, times=2)
    faults += [f"letters twice as large: {fault}" for fault in spilt(page)]
    enlarge_text(page, times=1)
    space_out(page)
    return [*faults, *(f"letters apart: {fault}" for fault in spilt(page))]


def window(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})


def spilt(page: Page) -> list[str]:
    """What leaves the page or its box."""
    return [*sticks_out(page), *cut_off(page)]


def axe(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds on the page by all rules of WCAG 2.2 AA and good practice, or by these alone."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(chromium._axe_text())
    chosen = [list(rules), "rule"] if rules else [list(chromium.AXE_TAGS), "tag"]
    found: list[str] = page.evaluate(_RUN, chosen)
    return found


def sticks_out(page: Page) -> list[str]:
    """What makes the page scroll sideways."""
    found: list[str] = page.evaluate(_STICKS_OUT)
    return found


def cut_off(page: Page) -> list[str]:
    found: list[str] = page.evaluate(_CUT_OFF)
    return found


def space_out(page: Page) -> None:
    """Set the text as wide as readers may wish (WCAG 1.4.12)."""
    page.evaluate(_SPACE)


def enlarge_text(page: Page, *, times: float) -> None:
    """Letters so many times larger, the window as it was: what a phone's setting for text does."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Page.setFontSizes", {"fontSizes": {"standard": round(16 * times)}})
