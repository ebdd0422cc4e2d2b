"""One small page with every kind of field, put into the real application: for what each form must do."""

from __future__ import annotations

from typing import Any

from flask import Flask, redirect, render_template_string
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue

from booking.web.forms import (
    BaseForm,
    EmailField,
    HiddenKey,
    NameField,
    PartForm,
    PhoneField,
    ShortTextArea,
    ShortTextField,
    WholeNumberField,
)

URL = "/prov"
PAGE = """{% extends "_layout/private.html" %}
{% from "_parts/forms.html" import field, error_summary with context %}
{% set failed = form.error_list|length > 0 %}
{% block title %}Prov{% endblock %}
{% block main %}{{ error_summary(form) }}<h1>Prov</h1>
<form method="post" novalidate>{{ form.csrf_token }}{{ form.form_key }}
{% for part in form.parts %}{{ field(part.name) }}{{ field(part.age) }}{% endfor %}
{{ field(form.adult) }}{{ field(form.email) }}{{ field(form.phone) }}{{ field(form.needs) }}{{ field(form.note) }}
<button>Skicka</button></form>{% endblock %}"""


class ChildPart(PartForm):
    name = NameField("Barnets namn", name="namn")
    age = WholeNumberField("Barnets alder", name="alder", low=4, high=13)


class SmallForm(BaseForm):
    adult = NameField("Namn", name="namn")
    email = EmailField("Post", name="epost")
    phone = PhoneField("Telefon", name="telefon")
    needs = ShortTextArea("Behov", name="behov", required=False)
    note = ShortTextField("Rad", name="rad", required=False)
    form_key = HiddenKey(name="nyckel")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.parts = [ChildPart(self.sent(), prefix="barn-1-")]


GOOD = {
    "barn-1-namn": "Ada",
    "barn-1-alder": "9",
    "namn": "Samira",
    "epost": "samira@example.org",
    "telefon": "070-123 45 67",
    "behov": "en lugn plats",
    "rad": "",
}


class Small:
    """The page's client, and `taken`: what the view got out of each form that was right."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.taken: list[dict[str, Any]] = []
        app.add_url_rule(URL, "small", self._view, methods=["GET", "POST"])

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def _view(self) -> ResponseReturnValue:
        form = SmallForm()
        if form.validate_on_submit():
            self.taken.append({field.name: field.data for field in form.shown()})
            return redirect(URL, 303)
        return render_template_string(PAGE, form=form), form.status
