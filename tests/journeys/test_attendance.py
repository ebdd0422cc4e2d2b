"""The list at the door in a real browser, with the network gone: what is tapped is kept, sent later, and sent once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import text

from booking.kernel import clock
from booking.store import db
from tests.journeys import looking
from tests.journeys.site import CANARY, Site
from tests.journeys.test_staff import come_in

KEPT = """async () => {
    const names = (await indexedDB.databases()).map(one => one.name);
    if (!names.includes("kodplats-narvaro")) return "";
    const kept = await new Promise(done => {
        const asked = indexedDB.open("kodplats-narvaro");
        asked.onsuccess = () => done(asked.result);
    });
    const read = name => new Promise(done => {
        if (!kept.objectStoreNames.contains(name)) return done([]);
        const asked = kept.transaction(name).objectStore(name).getAll();
        asked.onsuccess = () => done(asked.result);
    });
    const all = [await read("lists"), await read("marks")];
    kept.close();
    return all.flat().length ? JSON.stringify(all) : "";
}"""
CHILDREN = "SELECT id FROM participants WHERE booking_id IN (SELECT id FROM bookings WHERE slot_id = :id) ORDER BY id"
CACHED = """async () => {
    const found = [];
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const one of await cache.keys()) found.push(await (await cache.match(one)).clone().text());
    }
    return found.join("\\n");
}"""


@dataclass
class Door:
    """A signed-in phone at a meeting of today with two children who have seats."""

    page: Page
    site: Site
    meeting: int
    children: list[int]

    @property
    def path(self) -> str:
        return f"/personal/narvaro/{self.meeting}"

    def tap(self, child: int, words: str) -> None:
        self.page.locator(
            f'.tap:has([name="narvaro-{self.children[child]}"])', has_text=re.compile(f"^{words}$")
        ).click()

    def go_offline(self) -> None:
        self.page.context.set_offline(True)

    def come_back(self) -> None:
        self.page.context.set_offline(False)

    def marked(self) -> list[str | None]:
        """What the server has of the children, in their order; "-" for no row."""
        with self.site.app.app_context(), db.engine.connect() as connection:
            rows = connection.execute(
                text("SELECT participant_id, presence FROM attendances WHERE meeting_id = :id"), {"id": self.meeting}
            )
            found = {number: presence for number, presence in rows}  # noqa: C416  # rows of plain SQL
        return [found.get(child, "-") for child in self.children]

    def told(self, words: str) -> None:
        expect(self.page.locator("#vantar")).to_contain_text(words)


@pytest.fixture
def door(site: Site, open_page: Callable[..., Page]) -> Door:
    page = open_page()
    come_in(page, "Maj")
    now = dt.datetime.now(dt.UTC)
    noon = clock.hour_of(clock.local_day(now), 12)
    slot = site.new_slot(starts=noon, opens_at=noon - dt.timedelta(days=9), seated=2)
    with site.app.app_context(), db.engine.connect() as connection:
        meeting = connection.execute(text("SELECT id FROM meetings WHERE slot_id = :id"), {"id": slot}).scalar_one()
        children = connection.execute(text(CHILDREN), {"id": slot}).scalars()
        door = Door(page, site, meeting, list(children))
    page.goto(door.path)
    page.wait_for_function("navigator.serviceWorker.ready.then(() => caches.match('/personal/narvaro/skal'))")
    page.wait_for_function(f"({KEPT})()")
    return door


def test_a_tap_is_kept_at_once_and_sent(door: Door) -> None:
    door.tap(0, "Här")

    door.told("Allt är skickat.")
    assert door.marked() == ["present", "-"]


def test_marks_without_network_wait_outlive_a_reload_and_are_sent_once(door: Door) -> None:
    door.go_offline()
    door.tap(0, "Här")
    door.told("En markering väntar på nätet.")

    door.page.reload()
    expect(door.page.locator("#narvaro")).to_contain_text("Det finns inget nät")
    expect(door.page.locator(f'[name="narvaro-{door.children[0]}"][value=present]')).to_be_checked()
    door.tap(1, "Inte här")
    door.told("2 markeringar väntar på nätet.")
    assert door.marked() == ["-", "-"]

    door.come_back()
    expect(door.page.get_by_role("button", name="Spara närvaro")).to_be_visible()
    assert door.marked() == ["present", "absent"]


def test_somebody_without_a_booking_is_added_without_network(door: Door) -> None:
    door.go_offline()
    door.page.reload()
    door.page.locator("#extra summary").click()
    door.page.locator("#namn").fill(f"Elsa {CANARY}")  # the server's log must not hold it (F6)
    door.page.locator("#alder").fill("7")
    door.page.get_by_role("button", name="Lägg till på listan").click()
    door.told("En markering väntar på nätet.")

    door.come_back()

    expect(door.page.locator(".roll.extra")).to_contain_text("Elsa")


def test_two_tabs_and_a_server_that_fails_once_give_one_mark_each(door: Door) -> None:
    other = Door(door.page.context.new_page(), door.site, door.meeting, door.children)
    other.page.goto(door.path)
    failed: list[str] = []

    def fail_once(route: Route) -> None:
        if route.request.method == "POST" and not failed:
            failed.append(route.request.url)
            route.fulfill(status=500, body="")
        else:
            route.continue_()

    door.page.context.route("**/synk", fail_once)
    door.go_offline()
    door.tap(0, "Här")
    other.tap(1, "Sagt till")
    other.tap(0, "Inte här")
    other.told("3 markeringar väntar på nätet.")

    door.come_back()
    for one in (door, other):
        one.page.evaluate("window.dispatchEvent(new Event('online'))")

    expect(other.page.locator("#vantar")).not_to_contain_text("väntar", timeout=30_000)
    assert failed
    assert door.marked() == ["absent", "excused"]


def test_marks_that_were_kept_when_the_answer_was_lost_are_sent_again_and_count_once(door: Door) -> None:
    """The server has them, the phone does not know."""
    lost: list[str] = []

    def lose_first(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            route.fetch()
            lost.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    door.page.context.route("**/synk", lose_first)
    door.tap(0, "Här")
    while not lost:
        door.page.wait_for_timeout(50)
    door.told("En markering väntar på nätet.")
    assert door.marked() == ["present", "-"]

    door.page.evaluate("window.dispatchEvent(new Event('online'))")

    door.told("Allt är skickat.")
    assert door.marked() == ["present", "-"]


def test_an_expired_session_keeps_the_marks_and_says_so(door: Door) -> None:
    with door.site.app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE staff_sessions SET ended_at = created_at"))

    door.tap(0, "Här")
    door.told("Du är utloggad. Markeringarna finns kvar här: logga in igen för att skicka.")
    door.page.get_by_role("link", name="Logga in igen").click()
    come_in(door.page, "Maj")
    door.page.goto(door.path)

    door.told("Allt är skickat.")
    assert door.marked() == ["present", "-"]


def test_the_device_keeps_names_ages_and_marks_alone_and_nothing_after_sign_out(door: Door) -> None:
    door.tap(0, "Här")
    door.told("Allt är skickat.")
    kept, cached = door.page.evaluate(KEPT), door.page.evaluate(CACHED)
    name = door.page.locator(".roll h3").first.inner_text()
    assert name in kept
    for word in ("@", "+46", "csrf", "needs"):
        assert word not in kept
    assert f">{name}<" not in cached
    assert "csrf_token" not in re.sub(r"csrf_token: token", "", cached)

    door.page.get_by_role("button", name="Logga ut").click()
    expect(door.page).to_have_url(re.compile("/personal/logga-in$"))

    assert door.page.evaluate(KEPT) == ""
    assert door.page.evaluate(CACHED) == ""


def test_what_the_device_keeps_is_gone_after_a_day(door: Door) -> None:
    door.go_offline()
    door.tap(0, "Här")
    door.told("En markering väntar på nätet.")
    door.page.add_init_script("const now = Date.now; Date.now = () => now() + 25 * 60 * 60 * 1000")

    door.page.reload()

    expect(door.page.locator("#om")).to_contain_text("finns inte på den här enheten")
    door.page.wait_for_function(f"({KEPT})().then(kept => kept === '')")


@pytest.mark.parametrize("where", ["with network", "without network"])
def test_the_list_has_no_fault_at_any_width_in_either_theme(door: Door, where: str) -> None:
    if where == "without network":
        door.go_offline()
        door.page.reload()
    door.tap(0, "Här")
    door.tap(1, "Sagt till")
    expect(door.page.locator("#vantar p")).not_to_be_empty()

    faults = looking.everywhere(door.page)

    assert not faults, "\n".join(faults)
