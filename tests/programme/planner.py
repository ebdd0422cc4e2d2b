"""Filling in a planner's form as a browser does: names that stand there several times, boxes that are ticked or not."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urljoin

from werkzeug.datastructures import MultiDict

from tests.page import CONTROLS, Element, Page, _arrive, _value


def sheet(page: Page, button: str = "") -> Element:
    """The form with this button; without one that with the most fields, which is what the page is for."""
    forms = [form for form in page.root.all("form") if form.get("method") == "post"]
    with_it = [form for form in forms if button in [one.text for one in form.all("button")]]
    return max(with_it or forms, key=lambda form: len(list(form.all(*CONTROLS))))


def typed(page: Page, button: str = "") -> list[tuple[str, str]]:
    """Name and value of everything that the browser would send, in the order of the page."""
    return [
        (control.get("name"), control.get("value") or "y" if control.get("type") == "checkbox" else _value(control))
        for control in sheet(page, button).all(*CONTROLS)
        if control.get("name") and (control.get("type") != "checkbox" or "checked" in control.attributes)
    ]


def ticked(page: Page, ending: str) -> list[bool]:
    """Whether the boxes whose names end so are ticked."""
    return [
        "checked" in control.attributes
        for control in sheet(page).all("input")
        if control.get("type") == "checkbox" and control.get("name").endswith(ending)
    ]


def send(
    page: Page,
    button: str,
    *,
    status: int = 200,
    tick: Collection[tuple[str, str]] = (),
    untick: Collection[str] = (),
    **values: str,
) -> Page:
    """Fill in and press the button with these words. `tick` are names and values of boxes, `untick` names."""
    known = {name.replace("-", "_") for name, _ in typed(page, button)}
    assert known >= values.keys(), f"the form has no {values.keys() - known}; it has {sorted(known)}"
    pressed = next(one for one in sheet(page, button).all("button") if one.text == button and not one.get("tabindex"))
    data = [
        (name, values.get(name.replace("-", "_"), value)) for name, value in typed(page, button) if name not in untick
    ]
    data += [*tick, (pressed.get("name"), pressed.get("value"))]
    action = urljoin(page.url, sheet(page, button).get("action") or page.url)
    return _arrive(page.client, action, page.client.post(action, data=MultiDict(data)), status)
