"""Everything a browser did behind the pages: what no page of ours may do is noted while a journey goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request

LINK = "/l/"


@dataclass
class Watch:
    """Notes of one browser context: requests to other hosts, what the policy stopped, faults of scripts, Referers."""

    host: str
    """The only one that may be asked, with its port."""
    foreign: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    _requests: list[Request] = field(default_factory=list, repr=False)

    def over(self, context: BrowserContext) -> None:
        """Begin to watch every page of a Playwright context."""
        context.on("request", self._asked)
        context.on("console", self._said)
        context.on("weberror", lambda fault: self.broken.append(str(fault.error)))

    def faults(self) -> list[str]:
        """What must never be; [] after a good journey. Asks the browser for its requests' headers."""
        referers = [request.all_headers().get("referer", "") for request in self._requests]
        told = [f"a Referer tells of a link: {referer}" for referer in referers if LINK in referer]
        return [
            *(f"asked another host: {address}" for address in self.foreign),
            *(f"stopped by the policy: {words}" for words in self.stopped),
            *(f"a script broke: {words}" for words in self.broken),
            *told,
        ]

    def forget(self) -> None:
        for notes in (self.foreign, self.stopped, self.broken, self._requests):
            notes.clear()

    def _asked(self, request: Request) -> None:
        where = urlsplit(request.url)
        if where.scheme in ("http", "https", "ws", "wss") and where.netloc != self.host:
            self.foreign.append(request.url)
        if request.is_navigation_request():
            self._requests.append(request)

    def _said(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.stopped.append(message.text)
