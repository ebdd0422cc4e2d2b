"""A real mail server on 127.0.0.1 that does as a script says and keeps what reached it."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import Enum
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.processes import free_port


class Answer(Enum):
    """What the server does with one letter."""

    ACCEPT = "250 kept"
    LATER = "451 try again later"
    NEVER = "550 no such mailbox"
    LATER_AT_DATA = "452 disk full"
    NEVER_AT_DATA = "554 looks like junk"
    BAD_SENDER = "553 we do not relay for you"
    GOODBYE = "421 shutting down"
    HANG = "hang"
    """Take the letter and never answer."""
    DROP = "drop"
    """Take and keep the letter, and cut the line before answering: the sender cannot know."""

    @property
    def said(self) -> str:
        return str(self.value)


@dataclass
class MailServer:
    """The server's script and its memory."""

    port: int
    answers: deque[Answer] = field(default_factory=deque)
    """For the next letters, in order; after the last one everything is accepted."""
    always: dict[str, Answer] = field(default_factory=dict)
    """For letters to these addresses, each time."""
    kept: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    """Of each kept letter, as the envelope names them."""
    connections: int = 0
    letters_a_line: int | None = None
    """After so many the server says goodbye when the next one begins, as many do."""
    seconds_a_letter: float = 0
    """It takes so long for each, one after the other, on however many lines they come."""
    login: tuple[str, str] | None = None

    @property
    def letters(self) -> list[EmailMessage]:
        """What was kept, in order, as a mail program reads it."""
        return [_read(content) for content in self.kept]


@contextmanager
def mail_server(*, port: int | None = None) -> Iterator[MailServer]:
    """A server that answers until the block ends; `port` to come back where an earlier one was."""
    state = MailServer(port or free_port())
    controller = _Controller(_Handler(state), state)
    controller.start()
    state.connections = 0  # it has tried the port itself
    try:
        yield state
    finally:
        controller.stop()


class _Handler:
    def __init__(self, state: MailServer) -> None:
        self.state = state
        self.counter = asyncio.Lock()
        self.begun = Counter[int]()

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.begun[id(session)] += 1
        if self.state.letters_a_line is not None and self.begun[id(session)] > self.state.letters_a_line:
            return Answer.GOODBYE.said
        if self.state.answers and self.state.answers[0] is Answer.BAD_SENDER:
            return self.state.answers.popleft().said
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.state.always.get(address) or (self.state.answers or [Answer.ACCEPT])[0]
        if answer in (Answer.LATER, Answer.NEVER, Answer.GOODBYE):
            self._use_up(address)
            return answer.said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.state.seconds_a_letter:
            async with self.counter:
                await asyncio.sleep(self.state.seconds_a_letter)
        answer = self._use_up(envelope.rcpt_tos[0])
        if answer in (Answer.LATER_AT_DATA, Answer.NEVER_AT_DATA):
            return answer.said
        if answer is Answer.HANG:
            await asyncio.sleep(60)
        content = envelope.content
        assert isinstance(content, bytes)
        self.state.kept.append(content)
        self.state.recipients.append(",".join(envelope.rcpt_tos))
        if answer is Answer.DROP:
            transport: Any = server.transport
            transport.abort()
        return Answer.ACCEPT.said

    def _use_up(self, address: str) -> Answer:
        if address in self.state.always:
            return self.state.always[address]
        return self.state.answers.popleft() if self.state.answers else Answer.ACCEPT


class _Controller(Controller):
    def __init__(self, handler: _Handler, state: MailServer) -> None:
        self._state = state
        super().__init__(handler, hostname="127.0.0.1", port=state.port)

    def factory(self) -> SMTP:
        self._state.connections += 1
        return SMTP(self.handler, hostname="mail.example", auth_require_tls=False, authenticator=self._authenticate)

    def _authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _way: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        pair = (given.login.decode(), given.password.decode())
        return AuthResult(success=self._state.login is None or pair == self._state.login, handled=False)


def _read(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    return message
