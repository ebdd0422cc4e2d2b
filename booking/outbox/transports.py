"""How a letter leaves: by SMTP, onto the terminal, or nowhere."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
import sys
from email import message_from_bytes, policy
from types import TracebackType
from typing import Any, Protocol, Self

from booking.outbox.message import Envelope
from booking.outbox.rules import Verdict, verdict
from booking.settings import Settings

TIMEOUT_SECONDS = 15


class NotSent(Exception):
    """The mail server said no to this one letter; others may go on. `answer` may name the recipient: never log it."""

    def __init__(self, what_next: Verdict, *, code: int, answer: str) -> None:
        super().__init__(f"the mail server answered {code}")
        self.verdict = what_next
        self.code = code
        self.answer = answer


class Unreachable(Exception):
    """The mail server cannot be used now: not there, gone in the middle, or it refuses us as a sender."""

    def __init__(self, answer: str) -> None:
        super().__init__("the mail server cannot be used")
        self.answer = answer


class Transport(Protocol):
    """Takes letters one by one between `with` and its end, which closes whatever was opened."""

    def send(self, envelope: Envelope) -> None:
        """Returns when the letter is accepted. Raises NotSent, or Unreachable when the next one would fail as well."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class _Simple:
    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


class Memory(_Simple):
    """Accepts everything and keeps nothing: the demo shows its letters from the outbox itself."""

    def send(self, envelope: Envelope) -> None:
        """Accept."""


class Console(_Simple):
    """Writes the text part onto the terminal, for developers."""

    def send(self, envelope: Envelope) -> None:
        """Accept and show."""
        message: Any = message_from_bytes(envelope.content, policy=policy.SMTP)
        text = message.get_body(("plain",)).get_content()
        sys.stdout.write(f"{'─' * 72}\nTo: {message['To']}\nSubject: {message['Subject']}\n\n{text}\n")
        sys.stdout.flush()


class Smtp:
    """One connection for many letters, opened at the first one."""

    def __init__(self, settings: Settings, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._settings = settings
        self._timeout = timeout_seconds
        self._server: smtplib.SMTP | None = None

    def send(self, envelope: Envelope) -> None:
        """Hand over one letter. A no to its recipient or its content is about the letter, every other one about us.

        A server that refuses our sender's address would refuse each letter alike: then all wait until somebody has put
        the settings right, instead of being given up one after the other.
        """
        try:
            self._hand_over(envelope)
        except smtplib.SMTPRecipientsRefused as fault:
            raise self._not_sent(*next(iter(fault.recipients.values()))) from None
        except smtplib.SMTPDataError as fault:
            raise self._not_sent(fault.smtp_code, fault.smtp_error) from None
        except (smtplib.SMTPException, OSError, ValueError) as fault:  # ValueError: smtplib's word for an odd setting
            self._drop()
            raise Unreachable(_told(fault)) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._server.quit()
            self._drop()

    def _hand_over(self, envelope: Envelope) -> None:
        """One letter on the open line. A server that takes only so many letters on a line gets a new line."""
        is_used = self._server is not None
        server = self._server = self._server or self._connect()
        try:
            server.sendmail(envelope.sender, [envelope.recipient], envelope.content)
        except smtplib.SMTPSenderRefused as fault:
            if not (is_used and fault.smtp_code == 421):
                raise
            self._drop()
            self._hand_over(envelope)

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        # Given here: asking the machine for its own name can take seconds and tells the server more than it needs.
        own_name = settings.mail_from.rpartition("@")[2]
        if settings.smtp_tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.smtp_host, settings.smtp_port, own_name, timeout=self._timeout, context=_trust()
            )
        else:
            server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, own_name, timeout=self._timeout)
        try:
            if settings.smtp_tls == "starttls":
                server.starttls(context=_trust())
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
        except BaseException:
            server.close()
            raise
        return server

    def _not_sent(self, code: int, answer: bytes | str) -> NotSent | Unreachable:
        text = _as_text(answer)
        if code == 421:  # the server says goodbye (RFC 5321, 3.8)
            self._drop()
            return Unreachable(f"{code} {text}")
        return NotSent(verdict(code), code=code, answer=f"{code} {text}")

    def _drop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


def from_settings(settings: Settings) -> Transport:
    """The transport that `mail_transport` names."""
    match settings.mail_transport:
        case "smtp":
            return Smtp(settings)
        case "memory":
            return Memory()
        case _:
            return Console()


def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _told(fault: Exception) -> str:
    if isinstance(fault, smtplib.SMTPResponseException):
        return f"{fault.smtp_code} {_as_text(fault.smtp_error)}"
    return f"{type(fault).__name__}: {fault}"


def _as_text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
