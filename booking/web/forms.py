"""The base of every form, and the fields that rooms build theirs from.

Past `validate` a field's `data` is of its own kind (a clean line, a number, an E.164 phone number), never a raw string;
what was typed is kept as it was typed and shown again. Errors are sentences in the page's language that say what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import EllipsisType
from typing import Any, ClassVar

import wtforms.form
from flask import g, request
from flask_wtf.csrf import generate_csrf, validate_csrf
from werkzeug.datastructures import MultiDict
from wtforms import Field, Form, HiddenField, StringField, ValidationError
from wtforms.csrf.core import CSRF, CSRFTokenField
from wtforms.i18n import DummyTranslations
from wtforms.meta import DefaultMeta
from wtforms.validators import StopValidation
from wtforms.widgets import EmailInput, PasswordInput, TelInput, TextArea

from booking.kernel import text
from booking.kernel.refusal import Refused
from booking.web.errors import explain
from booking.web.texts import N_, gettext

CSRF_FIELD = "csrf_token"
STALE = N_("The page had been open for long, so please send the form once more. Everything you wrote is still here.")


class _LazyToken(CSRFTokenField):
    """Makes its token when it is shown: a form that leads to a redirect never shows one."""

    def process(self, *args: Any, **kwargs: Any) -> None:
        # Not CSRFTokenField's, which makes a token each time.
        HiddenField.process(self, *args, **kwargs)

    def _value(self) -> str:
        return str(generate_csrf())


class _SessionCsrf(CSRF):
    """Flask-WTF's tokens in WTForms' frame: signed, bound to the session."""

    field_class = _LazyToken

    def validate_csrf_token(self, _form: wtforms.form.BaseForm, field: CSRFTokenField) -> None:
        try:
            validate_csrf(field.data)
        except ValidationError as fault:
            raise ValidationError(gettext(STALE)) from fault


_NO_TRANSLATIONS = DummyTranslations()


class PartForm(Form):
    """A group of fields within a form, such as one child: `ChildForm(data, prefix="barn-1-")`. No token of its own."""

    class Meta(DefaultMeta):
        # WTForms' own texts are never shown, so its catalogues are not loaded.
        def get_translations(self, _form: wtforms.form.BaseForm) -> DummyTranslations:
            return _NO_TRANSLATIONS


class BaseForm(PartForm):
    """A whole form. Reads the request's form fields on POST, and only those that it declares (requirement C8).

    A missing or old token is an error of the form as a whole: what was typed stays, one click sends it again.
    A subclass with groups of fields sets `parts`, made with `PartForm(self.sent(), prefix=...)`; they are validated
    with it.
    """

    class Meta:
        csrf = True
        csrf_class = _SessionCsrf
        csrf_field_name = CSRF_FIELD

    def __init__(self, formdata: MultiDict[str, str] | EllipsisType | None = ..., **kwargs: Any) -> None:
        """`formdata`: instead of what was sent; None for a form that is only shown."""
        self.parts: Sequence[PartForm] = ()
        super().__init__(self.sent() if formdata is ... else formdata, **kwargs)

    @staticmethod
    def sent() -> MultiDict[str, str] | None:
        """What the browser sent; None when the page is only looked at. For PartForms too."""
        return request.form if request.method == "POST" else None

    def validate_on_submit(self) -> bool:
        """Whether the form was sent and all of it is right."""
        return request.method == "POST" and self.validate()

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """All fields and all parts, so that every mistake is told at once."""
        right = [super().validate(extra_validators), *(part.validate() for part in self.parts)]
        return all(right)

    @property
    def is_stale(self) -> bool:
        """Whether the token was refused: answer 400 instead of 422."""
        return bool(self[CSRF_FIELD].errors)

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows this form: 200, 422 with errors, 400 when stale."""
        if self.is_stale:
            return 400
        return 422 if self.error_list else 200

    def shown(self) -> Iterable[Field]:
        """The fields in the order of the page: the parts', then the form's own."""
        return (*(field for part in self.parts for field in part), *self)

    def refuse(self, refused: Refused) -> None:
        """Put a refusal at its field (by attribute, name or id), or at the form when it names none."""
        said = explain(refused)
        for key, field in self._named():
            if refused.field is not None and refused.field in (key, field.name, field.id):
                field.errors = [*field.errors, said]
                return
        self.form_errors.append(said)

    def refuse_wholly(self, refused: Refused) -> None:
        """Say this refusal alone: whatever else is wrong in the form is of no interest any more."""
        for field in self.shown():
            field.errors = ()
        self.form_errors = [explain(refused)]

    @property
    def error_list(self) -> list[tuple[str | None, str]]:
        """(id of the field or None, text) of every error, the form's own first, then in the order of the page."""
        own = [(None, str(said)) for said in (*self[CSRF_FIELD].errors, *self.form_errors)]
        fields = [
            (None if isinstance(field, HiddenField) else field.id, str(said))
            for field in self.shown()
            for said in field.errors
            if field.name != CSRF_FIELD
        ]
        # Two hidden fields may say the same.
        return list(dict.fromkeys([*own, *fields]))

    def _named(self) -> Iterator[tuple[str | None, Field]]:
        own = {id(field): key for key, field in self._fields.items()}
        for field in self.shown():
            yield own.get(id(field)), field


class LineField(StringField):
    """One line of text. `data` is the clean line once it is valid; `required`, `missing` as in the other fields."""

    limit: ClassVar[int] = 200
    missing_text: ClassVar[str] = text.Missing.message

    def __init__(
        self,
        label: Any = None,
        *,
        required: bool = True,
        missing: Any = None,
        render_kw: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """`missing`: what to say when a required field is left empty, instead of the field's own sentence."""
        super().__init__(label, render_kw={"maxlength": self.limit, **(render_kw or {})}, **kwargs)
        self.required = required
        self.missing = missing
        if required:
            self.flags.required = True

    def process_formdata(self, valuelist: list[Any]) -> None:
        # The first of doubled parameters; a field that was not sent counts as empty.
        self.data = valuelist[0] if valuelist else ""

    def pre_validate(self, _form: wtforms.form.BaseForm) -> None:
        try:
            self.data = self.read(self.raw_data[0] if self.raw_data else "")
        except Refused as refused:
            raise StopValidation(self.explain(refused)) from refused

    def read(self, raw: str) -> Any:
        """The field's value. Raises Refused."""
        line = text.one_line(raw, limit=self.limit)
        if self.required and not line:
            raise text.Missing
        return line

    def explain(self, refused: Refused) -> str:
        if isinstance(refused, text.Missing):
            return str(self.missing) if self.missing is not None else gettext(self.missing_text)
        return explain(refused)

    def _value(self) -> str:
        # What was typed, unless nothing was: a mistake is corrected where it was made.
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)


class NameField(LineField):
    """A person's name or alias (requirement C1)."""

    limit = text.NAME_LENGTH
    missing_text = N_("Write the name.")

    def read(self, raw: str) -> str:
        if not self.required and not raw.strip():
            return ""
        return text.name(raw)


class ShortTextField(LineField):
    """A short text in people's own words: no control signs (C2), no personal identity number (C13)."""

    limit = 200

    def read(self, raw: str) -> Any:
        # A text area lets people press Enter; the text is one line all the same.
        line = super().read(raw.replace("\r\n", " ").replace("\n", " ") if len(raw) <= 4 * self.limit else raw)
        if text.find_identity_number(line):
            raise text.IdentityNumber
        return line


class ShortTextArea(ShortTextField):
    """The same in a box of a few lines."""

    widget = TextArea()


class BadAddress(Refused):
    message = N_("Write a whole e-mail address, for example name@example.org.")


class ManyAddresses(Refused):
    message = N_("Write one e-mail address only.")


class EmailField(LineField):
    """One mail address (requirement C5): the local part as written, the domain in its ASCII form. No DNS is asked."""

    widget = EmailInput()
    limit = text.EMAIL_LENGTH
    missing_text = N_("Write your e-mail address. That is where we send the confirmation.")

    def __init__(self, label: Any = None, *, render_kw: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(
            label, render_kw={"autocomplete": "email", "inputmode": "email", **(render_kw or {})}, **kwargs
        )

    def read(self, raw: str) -> str:
        line = text.one_line(raw, limit=self.limit)
        if not line:
            if self.required:
                raise text.Missing
            return ""
        if _MANY.search(line):
            raise ManyAddresses
        return _mailbox(line)


_MANY = re.compile(r"[,;]|@.*[\s,;].*@")
# What nearly every address looks like needs no library: it says the same, and takes a hundred times longer.
_PLAIN_ADDRESS = re.compile(
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
)
_RESERVED = ("local", "localhost", "invalid", "test", "onion", "arpa")


def _mailbox(line: str) -> str:
    local = line.partition("@")[0]
    plain = _PLAIN_ADDRESS.fullmatch(line) and "--" not in line and line.rpartition(".")[2] not in _RESERVED
    if plain and len(local) <= 64:
        return line
    if "=?" in local:  # reads as an encoded word in a mail's head (requirement G4), and is nobody's address
        raise BadAddress
    # Late: what few addresses need should not cost every start its time and memory.
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(line, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as fault:
        raise BadAddress from fault
    address = f"{found.local_part}@{found.ascii_domain}"
    if len(address) > text.EMAIL_LENGTH:
        raise BadAddress
    return address


class PasswordField(LineField):
    """A password as it was typed or pasted: nothing is trimmed, and it is never shown again. The rules are not here."""

    widget = PasswordInput()
    # Four times what the rules let in, so that they can say it.
    limit = 800
    missing_text = N_("Write your password.")

    def __init__(
        self, label: Any = None, *, autocomplete: str, render_kw: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        """`autocomplete`: "current-password" or "new-password", which password managers go by."""
        super().__init__(label, render_kw={"autocomplete": autocomplete, **(render_kw or {})}, **kwargs)

    def read(self, raw: str) -> str:
        if not raw:
            raise text.Missing
        if len(raw) > self.limit:
            raise text.TooLong(limit=self.limit)
        return raw

    def _value(self) -> str:
        return ""


class CodeField(LineField):
    """A code read from a phone or a paper."""

    limit = 40
    missing_text = N_("Write the code.")

    def __init__(self, label: Any = None, *, render_kw: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        typing = {"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        super().__init__(label, render_kw={**typing, **(render_kw or {})}, **kwargs)

    def _value(self) -> str:
        return ""


class BadPhone(Refused):
    message = N_("Write a whole phone number, for example 070-123 45 67. Begin with + for a number abroad.")


class PhoneField(LineField):
    """A telephone number, Swedish unless it begins with +. `data` is E.164 ("+46701234567") or ""."""

    widget = TelInput()
    limit = 40
    missing_text = N_("Write a phone number, so that we can reach you if the time changes.")

    def __init__(self, label: Any = None, *, render_kw: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(label, render_kw={"autocomplete": "tel", "inputmode": "tel", **(render_kw or {})}, **kwargs)

    def read(self, raw: str) -> str:
        line = text.ascii_digits(text.one_line(raw, limit=self.limit))
        if not line:
            if self.required:
                raise text.Missing
            return ""
        if _SWEDISH_MOBILE.fullmatch(bare := _SPACING.sub("", line)):
            return "+46" + bare[-9:]
        return _dialled(line)


_SPACING = re.compile(r"[ ().\u00a0\u2010-\u2015\u2212/-]")
# Nearly everybody's number. The library that knows the world's numbers takes 100 ms and 10 MB to load.
_SWEDISH_MOBILE = re.compile(r"(?:\+46|0046|0)(?:7[02369]\d{7})", re.ASCII)


def _dialled(line: str) -> str:
    import phonenumbers

    if any(sign.isalpha() for sign in line):  # the library would dial words, as in 0800-FLOWERS
        raise BadPhone
    try:
        number = phonenumbers.parse(line, "SE")
    except phonenumbers.NumberParseException as fault:
        raise BadPhone from fault
    if number.extension or not phonenumbers.is_valid_number(number):
        raise BadPhone
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


class NotWhole(Refused):
    message = N_("Write a whole number from %(low)s to %(high)s.")


class WholeNumberField(LineField):
    """A whole number from `low` to `high`, both included, in the digits of any script (requirement C6)."""

    limit = 40

    def __init__(
        self, label: Any = None, *, low: int, high: int, render_kw: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(label, render_kw={"inputmode": "numeric", **(render_kw or {})}, **kwargs)
        self.low, self.high = low, high

    def read(self, raw: str) -> int | None:
        if not raw.strip() and not (self.required and self.missing is None):
            if self.required:
                raise text.Missing
            return None
        number = text.whole_number(raw)
        if number is None or not self.low <= number <= self.high:
            raise NotWhole(low=self.low, high=self.high)
        return number


class HiddenKey(HiddenField):
    """A form's own key, drawn when the form is first shown and sent back with it: the same form twice is one act.

    A malformed or missing key is replaced by a fresh one and the form is shown again, to be sent with one more click.
    """

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, default=_new_key, **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist and _KEY.fullmatch(valuelist[0]):
            self.data = valuelist[0]
        else:
            self.was_replaced = True

    was_replaced = False

    def pre_validate(self, _form: wtforms.form.BaseForm) -> None:
        if self.was_replaced:
            raise StopValidation(gettext(STALE))

    def _value(self) -> str:
        return str(self.data)


_KEY = re.compile(r"[0-9a-f]{32}")


def _new_key() -> str:
    return str(g.act.new_code(16).hex())
