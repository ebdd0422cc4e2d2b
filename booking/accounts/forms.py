"""The forms of signing in, of one's own account and of the users' pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import SelectField
from wtforms.validators import StopValidation

from booking.accounts.rules.roles import ROLE_WORDS, Ground, Post, Role
from booking.web.forms import BaseForm, CodeField, EmailField, NameField, PasswordField
from booking.web.texts import L_, gettext

EVERYWHERE = "everywhere"


class SignInForm(BaseForm):
    email = EmailField(L_("E-mail"), name="epost", missing=L_("Write your e-mail address."))
    password = PasswordField(L_("Password"), name="losenord", autocomplete="current-password")


class CodeForm(BaseForm):
    code = CodeField(L_("Code"), name="kod")


class AskForPasswordForm(BaseForm):
    email = EmailField(L_("E-mail"), name="epost", missing=L_("Write your e-mail address."))


class NewPasswordForm(BaseForm):
    password = PasswordField(
        L_("New password"),
        name="losenord",
        autocomplete="new-password",
        description=L_("At least 12 characters. Three or four words in a row are easy to remember and hard to guess."),
        missing=L_("Write a new password."),
    )


class InvitationForm(NewPasswordForm):
    staff_name = NameField(L_("Your name"), name="namn", render_kw={"autocomplete": "name"})


class ChangePasswordForm(NewPasswordForm):
    old = PasswordField(
        L_("The password that you have now"),
        name="gammalt",
        autocomplete="current-password",
        missing=L_("Write the password that you have now."),
    )


class TurnOffForm(BaseForm):
    old = PasswordField(
        L_("The password that you have now"),
        name="gammalt",
        autocomplete="current-password",
        missing=L_("Write the password that you have now."),
    )


class ConnectForm(TurnOffForm):
    """The password again, before another way in is opened."""


class _Choice(SelectField):
    """A choice whose mistakes speak the page's language."""

    def __init__(self, label: Any = None, *, missing: Any, **kwargs: Any) -> None:
        super().__init__(label, validate_choice=False, **kwargs)
        self.missing = missing
        self.flags.required = True

    def pre_validate(self, _form: Any) -> None:
        if not self.data or self.data not in {value for value, *_ in self.iter_choices()}:
            raise StopValidation(str(self.missing))


class RoleForm(BaseForm):
    """One role and where it is held."""

    role = _Choice(L_("Role"), name="roll", missing=L_("Choose a role."))
    where = _Choice(
        L_("Where"), name="var", missing=L_("Choose where."), description=L_("An organisation covers all its places.")
    )

    def __init__(self, *, grounds: Sequence[Ground], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.role.choices = [
            ("", gettext("Choose")),
            *((role.value, gettext(said)) for role, said in ROLE_WORDS.items()),
        ]
        self.where.choices = [(EVERYWHERE, gettext("Everywhere")), *_choices(grounds)]

    @property
    def post(self) -> Post:
        kind, _, number = str(self.where.data).partition("-")
        found = int(number) if number else None
        return Post(
            Role(self.role.data),
            organisation_id=found if kind == "organisation" else None,
            place_id=found if kind == "place" else None,
        )


class InviteForm(RoleForm):
    """A new colleague, with the first role."""

    staff_name = NameField(L_("Name"), name="namn", render_kw={"autocomplete": "off"})
    email = EmailField(
        L_("E-mail"),
        name="epost",
        missing=L_("Write the address that the invitation is mailed to."),
        render_kw={"autocomplete": "off"},
    )


def _choices(grounds: Iterable[Ground]) -> Iterable[tuple[str, str]]:
    """Organisations that have places, with those under them; then the other organisations."""
    for ground in sorted(grounds, key=lambda ground: not ground.places):
        yield f"organisation-{ground.organisation_id}", gettext("All of %(name)s", name=ground.name)
        for number, name in ground.places:
            yield f"place-{number}", name
