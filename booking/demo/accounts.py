"""Who signs in at the demo: one account for each role. Nothing of this exists where the mode is not "demo"."""

from __future__ import annotations

from dataclasses import dataclass

from booking.accounts.queries import staff as queries
from booking.accounts.rules import codes
from booking.accounts.rules.roles import ROLE_WORDS, Ground, Post, Role
from booking.accounts.services import passwords, second_factor, staff
from booking.kernel import token as tokens
from booking.kernel.act import Act, system_act
from booking.places import queries as places
from booking.settings import current
from booking.store import writes
from booking.web.texts import gettext

BRANCH = "Åhus bibliotek"
# The password is drawn from these by the installation's key: nobody knows it who has only read this file.
WORDS = [
    "kanel",
    "moln",
    "lykta",
    "gunga",
    "tratt",
    "sparv",
    "kompass",
    "fjärd",
    "hassel",
    "pärm",
    "vante",
    "brygga",
    "snäcka",
    "kvist",
    "ballong",
    "tegel",
    "humla",
    "spade",
    "ånga",
    "fyr",
    "lingon",
    "tråd",
    "kastanj",
    "segel",
    "bäck",
    "mossa",
    "trumma",
    "glöd",
    "penna",
    "sjal",
    "kulle",
    "vind",
]


@dataclass(frozen=True)
class Account:
    """One who works at the demo's libraries."""

    name: str
    role: Role

    @property
    def email(self) -> str:
        return f"{self.name.casefold()}@bibliotek.example"

    @property
    def password(self) -> str:
        drawn = bytes.fromhex(tokens.keyed_hash(current().key, "demo password", self.email))
        return "-".join(WORDS[number % len(WORDS)] for number in drawn[:4])

    @property
    def role_words(self) -> str:
        return gettext(ROLE_WORDS[self.role])


ACCOUNTS = (
    Account("Maj", Role.COORDINATOR),
    Account("Elin", Role.BRANCH),
    Account("Tove", Role.TRAINER),
    Account("Bengt", Role.DRIVER),
    Account("Rut", Role.REGIONAL),
    Account("Astrid", Role.ADMINISTRATOR),
    Account("Folke", Role.AUDITOR),
)


@writes
def open_missing(*, act: Act) -> None:
    """Open those of the accounts that are not there yet. The administrator has a second factor, whose code the demo's
    page tells. One hash of a tenth of a second for each."""
    grounds = places.grounds()
    for account in ACCOUNTS:
        if queries.by_email(account.email):
            continue
        staff_id = staff.open_account(
            account.email,
            name=account.name,
            posts=[_post(account.role, grounds)],
            grounds=grounds,
            password_hash=passwords.hashed(account.password, act=act),
            act=act,
        )
        if account.role is Role.ADMINISTRATOR:
            nonce = second_factor.prepare(staff_id, act=act)
            code = codes.code(second_factor.secret(nonce), codes.step_of(act.now) - codes.DRIFT_STEPS)
            second_factor.turn_on(staff_id, code, act=act)


def code_now(staff_id: int) -> str:
    """The code that the phone of this account would show now; "" for who is none of the demo's."""
    member, nonce = queries.member(staff_id), queries.totp_nonce(staff_id)
    if nonce is None or member is None or member.email not in {account.email for account in ACCOUNTS}:
        return ""
    return codes.code(second_factor.secret(nonce), codes.step_of(system_act("demo").now))


def told() -> str:
    """The accounts for the terminal, one a line."""
    lines = (f"  {account.email:28} {account.password:32} {account.role.value}" for account in ACCOUNTS)
    return "\n".join(("Staff sign in at /personal with:", *lines))


def _post(role: Role, grounds: list[Ground]) -> Post:
    if role is not Role.BRANCH:
        return Post(role)
    numbers = {name: number for ground in grounds for number, name in ground.places}
    return Post(role, place_id=numbers[BRANCH])
