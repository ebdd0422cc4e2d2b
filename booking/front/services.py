"""Writing the texts of the public pages."""

from __future__ import annotations

from booking.front.models import PageText
from booking.front.rules import OnlyEnglish, TextChangedMeanwhile, TextPage
from booking.kernel.act import Act
from booking.store import audit, writes
from booking.store.engine import session
from booking.store.locks import hold


@writes
def write_text(page: TextPage, *, sv: str, en: str, act: Act, version: int | None = None) -> None:
    """The organisation's own text of a page; both empty: the shipped one stands again. `version` is that of the page
    that it was written on (requirement A14), 0 before the first; None: whatever is there.

    Raises TextChangedMeanwhile, OnlyEnglish.
    """
    if en and not sv:
        raise OnlyEnglish
    hold(f"page_text:{page}")
    found = session().get(PageText, page)
    if version is not None and version != (found.version if found else 0):
        raise TextChangedMeanwhile
    if found is None:
        session().add(PageText(page=page, sv=sv, en=en, version=1, changed_at=act.now))
    elif (found.sv, found.en) != (sv, en):
        found.sv, found.en, found.version, found.changed_at = sv, en, found.version + 1, act.now
    else:
        return
    session().flush()  # the change before the audit row that tells of it
    audit("write_page_text", f"page:{page}", act=act)
