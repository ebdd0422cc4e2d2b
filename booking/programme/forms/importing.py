"""Slots out of a spreadsheet: the file, and the yes to what it would do."""

from __future__ import annotations

from typing import Any

from flask import request
from wtforms import Field, HiddenField
from wtforms.validators import StopValidation
from wtforms.widgets import FileInput

from booking.kernel.refusal import Refused
from booking.programme.rules.importing import MOST_BYTES, FileTooLarge, NoFile
from booking.web.errors import explain
from booking.web.forms import BaseForm, ShortTextField
from booking.web.texts import L_


class UploadField(Field):
    """A file. `data` is its bytes once it is valid; a browser never sends back what it had chosen before."""

    widget = FileInput()

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, render_kw={"accept": ".csv,.xlsx"}, **kwargs)
        self.flags.required = True

    def process(self, *_args: Any, **_kwargs: Any) -> None:
        # What was sent as a file is no form field: it is read when the form is judged.
        self.process_errors, self.data, self.raw_data = [], b"", None

    def pre_validate(self, _form: Any) -> None:
        try:
            self.data = _uploaded(self.name)
        except Refused as refused:
            raise StopValidation(explain(refused)) from refused

    def _value(self) -> str:
        return ""


def _uploaded(name: str) -> bytes:
    sent = request.files.get(name)
    raw = sent.stream.read(MOST_BYTES + 1) if sent is not None else b""
    if not raw:
        raise NoFile
    if len(raw) > MOST_BYTES:
        raise FileTooLarge(limit=MOST_BYTES // 1000)
    return raw


class ImportForm(BaseForm):
    file = UploadField(L_("File (CSV or XLSX)"), name="fil")


class ConfirmForm(BaseForm):
    """What was previewed, sealed by us, and a reason where something speaks against it."""

    sealed = HiddenField(name="underlag")
    accepting = ShortTextField(L_("Why it is to be planned all the same"), name="skal", required=False)
