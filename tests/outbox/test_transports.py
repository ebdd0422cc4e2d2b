from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from booking.outbox import transports
from booking.outbox.message import Envelope
from booking.outbox.rules import Verdict
from booking.outbox.transports import Console, Memory, NotSent, Smtp, Unreachable
from booking.settings import Settings
from tests.outbox.letters import KARIN, ROLF, SAMIRA
from tests.support.processes import free_port
from tests.support.smtp import Answer, MailServer, mail_server


def settings(**others: Any) -> Settings:
    return Settings(instance_path=Path(), secret_key="0" * 40, mail_transport="smtp", **others)


def to_server(server: MailServer, **others: Any) -> Smtp:
    return Smtp(settings(smtp_port=server.port, **others), timeout_seconds=5)


def letter(to: str = SAMIRA) -> Envelope:
    content = f"From: kodplats@bibliotek.example\r\nTo: {to}\r\nSubject: Hej\r\n\r\nHej!\r\n.\r\nHej igen!\r\n"
    return Envelope("kodplats@bibliotek.example", to, content.encode())


def test_many_letters_go_over_one_connection_byte_for_byte() -> None:
    with mail_server() as server:
        with to_server(server) as smtp:
            for to in (SAMIRA, ROLF, KARIN):
                smtp.send(letter(to))

        assert server.connections == 1
        assert server.recipients == [SAMIRA, ROLF, KARIN]
        assert server.kept[0] == letter(SAMIRA).content


def test_a_server_that_takes_few_letters_on_a_line_gets_a_new_line_and_every_letter_once() -> None:
    with mail_server() as server:
        server.letters_a_line = 2
        with to_server(server) as smtp:
            for to in (SAMIRA, ROLF, KARIN, SAMIRA, ROLF):
                smtp.send(letter(to))

        assert server.connections == 3
        assert server.recipients == [SAMIRA, ROLF, KARIN, SAMIRA, ROLF]


def test_a_server_that_takes_no_letter_at_all_is_not_asked_for_ever() -> None:
    with mail_server() as server, to_server(server) as smtp:
        server.letters_a_line = 0

        with pytest.raises(Unreachable):
            smtp.send(letter())

        assert server.connections == 1


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Answer.LATER, Verdict.LATER),
        (Answer.LATER_AT_DATA, Verdict.LATER),
        (Answer.NEVER, Verdict.NEVER),
        (Answer.NEVER_AT_DATA, Verdict.NEVER),
    ],
)
def test_a_no_to_one_letter_is_told_with_its_answer_and_the_next_one_goes_on(answer: Answer, verdict: Verdict) -> None:
    with mail_server() as server, to_server(server) as smtp:
        server.answers.append(answer)

        with pytest.raises(NotSent) as fault:
            smtp.send(letter(ROLF))
        smtp.send(letter(SAMIRA))

        assert fault.value.verdict is verdict
        assert fault.value.answer == answer.said
        assert server.recipients == [SAMIRA]
        assert server.connections == 1


@pytest.mark.parametrize("answer", [Answer.DROP, Answer.GOODBYE, Answer.BAD_SENDER])
def test_a_server_that_leaves_or_refuses_us_is_told_apart_and_met_anew(answer: Answer) -> None:
    with mail_server() as server, to_server(server) as smtp:
        server.answers.append(answer)

        with pytest.raises(Unreachable):
            smtp.send(letter(ROLF))
        smtp.send(letter(SAMIRA))

        assert server.recipients[-1] == SAMIRA
        assert server.connections == 2


def test_a_server_that_hangs_is_given_up_after_the_time_limit() -> None:
    with mail_server() as server:
        server.answers.append(Answer.HANG)
        smtp = Smtp(settings(smtp_port=server.port), timeout_seconds=0.3)

        began = time.monotonic()
        with smtp, pytest.raises(Unreachable):
            smtp.send(letter())

        assert time.monotonic() - began < 5


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with Smtp(settings(smtp_port=free_port())) as smtp, pytest.raises(Unreachable):
        smtp.send(letter())


def test_where_encryption_is_asked_for_nothing_is_sent_without() -> None:
    with mail_server() as server, to_server(server, smtp_tls="starttls") as smtp:
        with pytest.raises(Unreachable):
            smtp.send(letter())

        assert server.kept == []


def test_the_login_is_used_and_a_wrong_one_is_nobody_s_fault_but_ours() -> None:
    with mail_server() as server:
        server.login = ("kodplats", "hemligt")

        with to_server(server, smtp_user="kodplats", smtp_password="hemligt") as right:
            right.send(letter())
        with to_server(server, smtp_user="kodplats", smtp_password="fel") as wrong, pytest.raises(Unreachable):
            wrong.send(letter())

        assert server.recipients == [SAMIRA]


def test_the_terminal_shows_whom_a_letter_goes_to_and_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    content = (
        b"From: a@example.org\r\nTo: samira@example.org\r\nSubject: =?utf-8?q?F=C3=B6rsta?=\r\n"
        b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A5\r\n'
    )

    with Console() as console:
        console.send(Envelope("a@example.org", SAMIRA, content))

    shown = capsys.readouterr().out
    assert "To: samira@example.org" in shown
    assert "Subject: Första" in shown
    assert "å" in shown


@pytest.mark.parametrize(("name", "kind"), [("smtp", Smtp), ("console", Console), ("memory", Memory)])
def test_the_setting_names_the_transport(name: str, kind: type) -> None:
    chosen = Settings(instance_path=Path(), secret_key="0" * 40, mail_transport=name)

    assert isinstance(transports.from_settings(chosen), kind)
