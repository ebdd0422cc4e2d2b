"""Every public page in every state, judged by machine at every width and in both themes (requirements I1, I3, I5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import looking
from tests.journeys.site import CANARY, Site
from tests.journeys.steps import ADA, BO, CIA, action, book, fill_in, links_of_letter, new_address, open_letter
from tests.journeys.watching import Watch

PHONE, TINY, HALF, WIDE = 360, 320, 640, 1280  # HALF: a wide window at 200 %; TINY: the same at 400 %
LONG_NAME = "Maximiliana-Alexandrina Wolfeschlegelstein"


@dataclass
class Looker:
    """One page that looks at one address after the other, and the addresses of what it has booked."""

    page: Page
    site: Site
    booked: dict[str, str] = field(default_factory=dict)
    followed: dict[str, str] = field(default_factory=dict)
    letter: str = ""


@pytest.fixture(scope="module")
def looker(site: Site, browser: Browser) -> Iterator[Looker]:
    """A family with a booking in each standing. Nothing may be stopped by the policy or ask another host meanwhile."""
    context = browser.new_context(
        base_url=site.server.url, viewport={"width": PHONE, "height": 740}, locale="sv-SE", reduced_motion="reduce"
    )
    watch = Watch(host=f"127.0.0.1:{site.server.port}")
    watch.over(context)
    looker = Looker(context.new_page(), site)
    _book_in_every_standing(looker)
    yield looker
    faults = watch.faults()
    context.close()
    assert not faults, "\n".join(faults)


def _book_in_every_standing(looker: Looker) -> None:
    page, site, samira = looker.page, looker.site, new_address()
    queue = site.new_slot(seats=2, seated=2, queued=2, days=30)
    called_off = site.new_slot(days=31)
    wishes = [
        ("seated", site.new_slot(days=32), [ADA, (LONG_NAME, "9")]),
        ("only child", site.new_slot(days=33, times=6), [ADA]),
        ("queued", queue, [BO]),
        ("off", called_off, [BO]),
        ("online", site.slots["online"], [CIA]),
        ("cancelled", site.new_slot(days=34), [ADA]),
    ]
    for standing, slot, children in wishes:
        book(page, slot, *children, email=samira)
        looker.booked[standing] = page.url
    page.get_by_role("link", name="Avboka platsen").click()
    action(page).click()
    site.call_off(called_off)
    page.goto("/mina/lankar")
    page.get_by_label("E-post").fill(samira)
    action(page).click()
    page.goto("/demo/brev")
    page.locator(".post a").first.click()
    looker.letter = page.url
    page.goto(links_of_letter(page)[0])
    _follow(looker)


def _follow(looker: Looker) -> None:
    """A subscription, and the addresses of its question and of its own page."""
    page, samira = looker.page, new_address()
    for area in ("annexet", "kanelviken"):
        page.goto(f"/bevakningar/ny?var={area}&alder=9")
        page.locator("#epost").fill(samira)
        action(page).click()
        open_letter(page, "Vill du få mejl", to=samira)
        page.goto(links_of_letter(page)[0])
        looker.followed["question"] = page.url
        action(page).click()
    page.locator(".wishes .then a").first.click()
    looker.followed["change"] = page.url


def followed(name: str) -> Callable[[Looker], None]:
    """The question about a subscription, or the page that changes one."""
    return lambda looker: _go(looker, looker.followed[name])


def no_address_to_write_to(path: Callable[[Site], str]) -> Callable[[Looker], None]:
    def send(looker: Looker) -> None:
        _go(looker, path(looker.site))
        looker.page.locator("#epost").fill(f"{LONG_NAME}{CANARY}")
        action(looker.page).click()
        expect(looker.page.locator(".summary")).to_be_visible()

    return send


def at(path: str, *, status: int = 200) -> Callable[[Looker], None]:
    """An address that does not change with the site's content."""
    return lambda looker: _go(looker, path, status=status)


def slot(state: str, *, more: str = "", language: str = "") -> Callable[[Looker], None]:
    return lambda looker: _go(looker, looker.site.page_of(state, language=language) + more)


def booking(standing: str, *, more: str = "", language: str = "") -> Callable[[Looker], None]:
    """The page of a booking, or one of those behind it."""

    def go(looker: Looker) -> None:
        address, _, fresh = looker.booked[standing].partition("?")
        _go(looker, f"{address.replace('/bokning/', language + '/bokning/')}{more}{f'?{fresh}' if not more else ''}")

    return go


def mistakes(language: str = "") -> Callable[[Looker], None]:
    def send(looker: Looker) -> None:
        _go(looker, looker.site.page_of("alone", language=language) + "/bokning")
        fill_in(looker.page, ("", "4"), (LONG_NAME, ""), ("Bo", "x"), email="samira")
        action(looker.page).click()
        expect(looker.page.locator(".summary")).to_be_visible()

    return send


def stale(looker: Looker) -> None:
    _go(looker, looker.site.page_of("open") + "/bokning")
    fill_in(looker.page, ADA, email=new_address())
    looker.page.locator("input[name=csrf_token]").evaluate("hidden => hidden.value = 'stale'")
    action(looker.page).click()
    expect(looker.page.locator(".summary")).to_contain_text("skicka formuläret en gång till")


def child(looker: Looker) -> None:
    booking("seated")(looker)
    looker.page.locator("tbody a").last.click()
    expect(looker.page.locator("h1")).to_contain_text(LONG_NAME)


def already(looker: Looker) -> None:
    page = looker.page
    _go(looker, f"/pass/{looker.site.new_slot(days=35)}/bokning")
    key = page.locator("input[name=nyckel]").input_value()
    fill_in(page, ADA, email=new_address())
    action(page).click()
    page.wait_for_url(re.compile("/bokning/"))
    page.go_back()
    page.locator("input[name=nyckel]").evaluate("(hidden, key) => hidden.value = key", key)
    fill_in(page, BO, email=new_address())
    action(page).click()
    expect(page.locator("h1")).to_have_text("Du har redan bokat")


def no_address(looker: Looker) -> None:
    _go(looker, "/mina/lankar")
    action(looker.page).click()
    expect(looker.page.locator(".summary")).to_be_visible()


def feedback(more: str = "", *, language: str = "", sent: bool = False) -> Callable[[Looker], None]:
    """The questions to a family that has not been asked before; `sent`: with nothing chosen."""

    def go(looker: Looker) -> None:
        looker.page.goto(looker.site.feedback_link())
        _go(looker, looker.page.url.replace("/pass/", f"{language}/pass/") + more)
        if sent:
            action(looker.page).click()
            expect(looker.page.locator(".summary")).to_be_visible()

    return go


def answered(looker: Looker) -> None:
    feedback("/barn")(looker)
    looker.page.get_by_label("Roligt").check()
    action(looker.page).click()
    expect(looker.page.locator("h1")).to_have_text("Tack!")


def chosen(looker: Looker) -> None:
    feedback("/barn")(looker)
    looker.page.get_by_label("Sådär").check()


def joining(standing: str) -> Callable[[Looker], None]:
    def go(looker: Looker) -> None:
        ref = looker.booked[standing].partition("?")[0].rpartition("/")[2]
        _go(looker, looker.site.join_link(ref))

    return go


def own_calendar(looker: Looker) -> None:
    _go(looker, "/mina/kalender")
    offer = looker.page.locator("main button.act")
    if offer.count():
        offer.click()
    expect(looker.page.locator("#adress")).to_have_value(re.compile("/familj/"))


def letter(looker: Looker) -> None:
    _go(looker, looker.letter)


def _go(looker: Looker, address: str, *, status: int = 200) -> None:
    answer = looker.page.goto(address)
    assert answer is not None
    assert answer.status == status, f"{address} answers {answer.status}"


STATES = ("open", "few", "queue", "full", "off", "soon", "closed", "group", "free", "club", "online", "alone", "long")
PAGES: dict[str, Callable[[Looker], None]] = {
    "start": at("/"),
    # Before the pages that open links of their own: a browser holds the twelve latest.
    "all bookings": at("/mina"),
    "own calendar, not yet": at("/mina/kalender"),
    "own calendar": own_calendar,
    "list in English": at("/en/pass?alder=12&lediga=1"),
    "list, second page": at("/pass?sida=3"),
    "list, filtered": at("/pass?var=kanelviken&alder=9&lediga=1"),
    "list, empty": at("/pass?q=finnsinte&alder=5"),
    "list, bad choices": at("/pass?fran=x&var=nergrundet&alder=hundra&q=rymdresan"),
    "week": at("/pass?vy=vecka"),
    "week, empty": at("/pass?vy=vecka&q=finnsinte"),
    "day": at("/pass?vy=dag"),
    "day, empty": at("/pass?vy=dag&fran=2035-01-01"),
    **{f"slot, {state}": slot(state) for state in (*STATES, "started")},
    "slot, open, in English": slot("open", language="/en"),
    "form": slot("open", more="/bokning"),
    "form for the queue": slot("queue", more="/bokning"),
    "form of a long name": slot("long", more="/bokning"),
    "form with mistakes": mistakes(),
    "form with mistakes, in English": mistakes("/en"),
    "form that was open for long": stale,
    "form that was used": already,
    **{f"booking, {standing}": booking(standing) for standing in ("seated", "queued", "off", "online", "cancelled")},
    "booking, seated, in English": booking("seated", language="/en"),
    "booking, a club": booking("only child"),
    "one more child": booking("seated", more="/barn"),
    "one more child for the queue": booking("queued", more="/barn"),
    "a child": child,
    "details": booking("seated", more="/kontakt"),
    "cancelling": booking("seated", more="/avbokning"),
    "leaving the queue": booking("queued", more="/avbokning"),
    "into the meeting, too early": joining("online"),
    "into the meeting, cancelled": joining("cancelled"),
    "feedback": feedback(),
    "feedback in English": feedback(language="/en"),
    "feedback with mistakes": feedback(sent=True),
    "feedback of a child": feedback("/barn"),
    "feedback of a child, chosen": chosen,
    "feedback of a child with mistakes": feedback("/barn", sent=True),
    "feedback given": answered,
    "calendars": at("/kalendrar"),
    "calendars in English, one stop": at("/en/kalendrar?plats=vanga-skolan"),
    "calendars looked for": at("/kalendrar?sok=v%C3%A5nga"),
    "links again": at("/mina/lankar"),
    "links again without an address": no_address,
    "links sent": at("/mina/lankar/skickade"),
    "tell me": at("/bevakningar/ny?var=kanelviken&alder=9"),
    "tell me in English": at("/en/bevakningar/ny"),
    "tell me without an address": no_address_to_write_to(lambda _site: "/bevakningar/ny"),
    "told to look for a letter": at("/bevakningar/ny/skickat"),
    "do you want letters": followed("question"),
    "what one follows": at("/bevakningar?ny=1"),
    "what one follows in English": at("/en/bevakningar"),
    "change what one follows": followed("change"),
    "stop the letters": at("/bevakningar/avslut"),
    "letters stopped": at("/bevakningar/avslutat"),
    "when booking opens": slot("soon", more="/oppnar"),
    "when booking opens, in English": slot("soon", more="/oppnar", language="/en"),
    "when booking opens without an address": no_address_to_write_to(lambda site: site.page_of("soon") + "/oppnar"),
    "when booking opens, asked": slot("soon", more="/oppnar/tack"),
    "libraries": at("/bibliotek"),
    "library": at("/bibliotek/kanelviken"),
    "library with opening hours": at("/bibliotek/stadsbiblioteket"),
    "library of a long name": at("/bibliotek/annexet"),
    "stops": at("/bokbussen"),
    "stop": at("/bokbussen/vanga-skolan"),
    "about": at("/om"),
    "accessibility": at("/tillganglighet"),
    "accessibility in English": at("/en/tillganglighet"),
    "privacy": at("/personuppgifter"),
    "nothing there": at("/finns-inte", status=404),
    "demo letters": at("/demo/brev"),
    "demo letter": letter,
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_fault_at_any_width_in_either_theme(looker: Looker, name: str) -> None:
    page = looker.page
    _window(page, PHONE)
    PAGES[name](looker)
    page.evaluate("document.fonts.ready")

    faults = [f"phone: {fault}" for fault in (*looking.axe(page), *_spilt(page))]
    # A title stays in the browser's history, where the rest of the family reads it (F6).
    faults += [f"the title tells of {name}" for name in (LONG_NAME, CANARY, "Ada", "Bo ") if name in page.title()]
    page.emulate_media(color_scheme="dark")
    faults += [f"dark: {fault}" for fault in looking.axe(page, looking.BY_THEME)]
    page.emulate_media(color_scheme="light")
    for width in (TINY, HALF, WIDE):
        _window(page, width)
        faults += [f"{width} px: {fault}" for fault in (*looking.axe(page, looking.BY_WIDTH), *_spilt(page))]
    _window(page, PHONE)
    looking.enlarge_text(page, times=2)
    faults += [f"letters twice as large: {fault}" for fault in _spilt(page)]
    looking.enlarge_text(page, times=1)
    looking.space_out(page)
    faults += [f"letters apart: {fault}" for fault in _spilt(page)]

    assert not faults, "\n".join(faults)


def _window(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})


def _spilt(page: Page) -> list[str]:
    return [*looking.sticks_out(page), *looking.cut_off(page)]


def test_a_letter_has_no_fault_on_the_paper_that_a_mail_program_gives_it(looker: Looker) -> None:
    page = looker.page
    _window(page, TINY)
    _go(looker, f"{looker.letter}/html")

    # A letter is shown inside the mail program's own page, which has the landmarks.
    faults = [fault for fault in looking.axe(page) if not fault.startswith(("landmark-one-main", "region"))]
    assert [*faults, *_spilt(page)] == []


def test_the_judges_find_what_is_wrong(open_page: Callable[..., Page]) -> None:
    page = open_page(reduced_motion="reduce")
    page.goto("/om")
    assert [*looking.axe(page), *_spilt(page)] == []

    page.evaluate("""() => document.querySelector("main").insertAdjacentHTML("beforeend", `
        <p id="pale">Knappt att läsa</p> <input id="nameless">
        <p id="tight"><a href="/a">1</a><a href="/b">2</a></p>
        <div id="wide">brett</div> <div id="cut">Den här meningen får inte plats i sin ruta.</div>`)""")
    for name, style in {
        "pale": "color: #999",
        "wide": "width: 900px",
        "cut": "width: 60px; height: 20px; overflow: hidden",
    }.items():
        page.evaluate("([name, style]) => document.getElementById(name).style = style", [name, style])
    page.evaluate("document.querySelectorAll('#tight a').forEach(one => one.style = 'display: block; height: 9px')")

    found = [*looking.axe(page), *_spilt(page)]
    assert {fault.partition(":")[0] for fault in found} >= {"color-contrast", "label", "target-size", "cut off"}
    assert any("900" in fault or "wide" in fault for fault in looking.sticks_out(page))
    assert any(fault.startswith("target-size") for fault in looking.axe(page, looking.BY_WIDTH))
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.getElementById('pale').style = 'color: #222'")
    assert any(fault.startswith("color-contrast") for fault in looking.axe(page, looking.BY_THEME))


def test_given_a_wish_for_less_motion_then_nothing_moves(open_page: Callable[..., Page]) -> None:
    moving = """() => [...document.querySelectorAll("*")].filter(one => {
        const style = getComputedStyle(one);
        return parseFloat(style.transitionDuration) > 0 || style.animationName !== "none"
            || style.scrollBehavior === "smooth";
    }).length"""
    still, lively = open_page(reduced_motion="reduce"), open_page(reduced_motion="no-preference")
    for path in ("/", "/bokbussen", "/pass?vy=vecka", "/mina/lankar"):
        still.goto(path)
        assert still.evaluate(moving) == 0, path
    lively.goto("/")
    assert lively.evaluate(moving) > 0


def test_given_forced_colours_then_shapes_keep_edges_and_what_is_chosen_stands_out(
    site: Site, open_page: Callable[..., Page]
) -> None:
    page = open_page(forced_colors="active", width=WIDE)

    def style(selector: str, name: str) -> str:
        found: str = page.locator(selector).first.evaluate("(one, name) => getComputedStyle(one)[name]", name)
        return found

    for state in ("open", "few", "queue", "full", "off", "soon"):
        page.goto(site.page_of(state))
        assert style(".state", "borderTopStyle") == "solid", state
    page.goto("/")
    paper = style("body", "backgroundColor")
    assert style(".shelf [aria-current]", "backgroundColor") not in (
        paper,
        style(".shelf a:not([aria-current])", "backgroundColor"),
    )
    assert style(".switch [aria-current]", "backgroundColor") != paper
    assert style(".button", "borderTopWidth") != "0px"
    page.goto(f"{site.page_of('open')}/bokning")
    chosen, other = page.get_by_label("En", exact=True), page.get_by_label("Två", exact=True)
    [first, second] = [one.evaluate("one => getComputedStyle(one).backgroundColor") for one in (chosen, other)]
    assert first != second
    assert style(".button.act", "borderTopStyle") == "solid"
    action(page).click()
    assert style(".summary", "borderTopStyle") == "solid"
    assert style("#barn-1-namn", "borderTopWidth") != style("#telefon", "borderTopWidth")


def test_given_paper_then_the_words_are_there_dark_on_white_and_nothing_to_press(
    site: Site, open_page: Callable[..., Page]
) -> None:
    page = open_page(color_scheme="dark", width=800)
    page.goto(site.page_of("club"))

    page.emulate_media(media="print", color_scheme="dark")

    for shown in ("h1", ".logo", ".date", ".state", ".facts", ".next"):
        expect(page.locator(shown).first).to_be_visible()
    for hidden in (".shelf", ".tongues", ".foot", ".button", ".back", ".demo"):
        expect(page.locator(f"{hidden}:visible")).to_have_count(0)
    looks = page.evaluate("(({color, backgroundColor}) => [color, backgroundColor])(getComputedStyle(document.body))")
    assert looks == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    page.goto("/pass?alder=9")
    for hidden in (".bar", ".chips", ".pager .button", ".switch", ".go"):
        expect(page.locator(f"{hidden}:visible")).to_have_count(0)
    assert page.locator(".rows > li").first.evaluate("row => getComputedStyle(row).breakInside") == "avoid"


def test_given_paper_then_a_fold_shows_what_it_holds(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto("/om")
    page.evaluate("""() => document.querySelector("main").insertAdjacentHTML("beforeend",
        "<details class=fold><summary>Mer</summary><p id=inside>Det som är vikt.</p></details>")""")
    expect(page.locator("#inside")).to_be_hidden()

    page.emulate_media(media="print")

    expect(page.locator("#inside")).to_be_visible()
