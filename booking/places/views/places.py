"""The register of places: the list, a place's page, opening one and correcting it."""

from __future__ import annotations

from itertools import groupby
from typing import TypeVar

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, where
from booking.accounts.rules.roles import Capability
from booking.kernel import clock
from booking.places import services
from booking.places.forms import DescribeForm, HoursForm, NewPlaceForm, NewStopForm, PlaceForm, StopForm
from booking.places.forms.hours import coming_exceptions
from booking.places.models import Place
from booking.places.queries import register
from booking.places.rules import PlaceKind
from booking.places.rules.keeping import KIND_WORDS, week_of
from booking.places.views.blueprint import bp
from booking.places.views.saving import done
from booking.web.texts import gettext

F = TypeVar("F", PlaceForm, DescribeForm)
_ORDER = list(KIND_WORDS)


@bp.get("/personal/platser")
@requires(Capability.SEE_PLACES)
def places() -> ResponseReturnValue:
    """Every place of mine, by kind."""
    rows = sorted(register.register(where(Capability.SEE_PLACES)), key=lambda row: _ORDER.index(row.kind))
    return render_template(
        "places/places.html",
        groups=[(gettext(KIND_WORDS[kind]), list(found)) for kind, found in groupby(rows, key=lambda row: row.kind)],
        today=clock.local_day(current_act().now),
        may_open=not where(Capability.KEEP_SETTINGS).is_empty,
    )


@bp.get("/personal/platser/<int:number>")
@requires(Capability.SEE_PLACES)
def place(number: int) -> ResponseReturnValue:
    """One place: all that is known of it, and what may be changed."""
    found = place_or_404(number, Capability.SEE_PLACES)
    here = {"place": found.id, "organisation": found.organisation_id}
    hours, today = register.hours_of(found), clock.local_day(current_act().now)
    return render_template(
        "places/place.html",
        place=found,
        kind=gettext(KIND_WORDS[found.kind]),
        week=week_of(hours) if any(one.weekday for one in hours) else {},
        exceptions=coming_exceptions(hours, today=today),
        today=today,
        may_keep=where(Capability.KEEP_PLACES).covers(**here),
        may_set=where(Capability.KEEP_SETTINGS).covers(**here),
    )


@bp.route("/personal/platser/nytt", methods=["GET", "POST"])
@requires(Capability.KEEP_SETTINGS)
def new() -> ResponseReturnValue:
    """A new library, lending station or venue."""
    return _new(NewPlaceForm(), heading=gettext("New place"))


@bp.route("/personal/platser/ny-hallplats", methods=["GET", "POST"])
@requires(Capability.KEEP_SETTINGS)
def new_stop() -> ResponseReturnValue:
    """A new stop of the bokbuss."""
    return _new(NewStopForm(), heading=gettext("New stop"))


@bp.route("/personal/platser/<int:number>/uppgifter", methods=["GET", "POST"])
@requires(Capability.KEEP_SETTINGS)
def correct(number: int) -> ResponseReturnValue:
    """Correct all that a place is, its name too."""
    found = place_or_404(number, Capability.KEEP_SETTINGS)
    kind = StopForm if found.kind is PlaceKind.STOP else PlaceForm
    form = kind()
    if done(
        form,
        lambda: services.correct(number, form.facts, version=form.version.data, act=current_act()),
        saved=lambda: _saved(kind(formdata=None), number, Capability.KEEP_SETTINGS),
    ):
        return to_place(number)
    if request.method == "GET":
        form.show(found)
    return render_template("places/correct.html", place=found, form=form), form.status


@bp.route("/personal/platser/<int:number>/tillganglighet", methods=["GET", "POST"])
@requires(Capability.KEEP_PLACES)
def describe(number: int) -> ResponseReturnValue:
    """How one gets there and gets in."""
    found = place_or_404(number, Capability.KEEP_PLACES)
    form = DescribeForm()
    if done(
        form,
        lambda: services.describe(
            number,
            accessibility_note=form.accessibility_note.data,
            directions=form.directions.data,
            version=form.version.data,
            act=current_act(),
        ),
        saved=lambda: _saved(DescribeForm(formdata=None), number, Capability.KEEP_PLACES),
    ):
        return to_place(number)
    if request.method == "GET":
        form.show(found)
    return render_template("places/describe.html", place=found, form=form), form.status


@bp.route("/personal/platser/<int:number>/oppettider", methods=["GET", "POST"])
@requires(Capability.KEEP_PLACES)
def hours(number: int) -> ResponseReturnValue:
    """The opening hours of an ordinary week and the days that are not as usual, saved at once."""
    found = place_or_404(number, Capability.KEEP_PLACES)
    today = clock.local_day(current_act().now)
    form = HoursForm()

    def saved() -> HoursForm:
        now = place_or_404(number, Capability.KEEP_PLACES)
        fresh = HoursForm(formdata=None)
        fresh.show(register.hours_of(now), version=now.version, today=today)
        return fresh

    if done(
        form,
        lambda: services.set_opening_hours(
            number,
            hours=form.hours(register.hours_of(found), today=today),
            version=form.version.data,
            act=current_act(),
        ),
        saved=saved,
    ):
        return to_place(number)
    if request.method == "GET":
        form = saved()
    return render_template("places/hours.html", place=found, form=form), form.status


def place_or_404(number: int, capability: Capability) -> Place:
    """The place, if it lies where whoever is signed in has `capability`."""
    return register.place(number, scope=where(capability)) or abort(404)


def to_place(number: int) -> ResponseReturnValue:
    return redirect(url_for("places.place", number=number), 303)


def _new(form: NewPlaceForm | NewStopForm, *, heading: str) -> ResponseReturnValue:
    form.organisation.offer((row.id, row.name) for row in register.organisations())
    opened: list[Place] = []
    if done(
        form,
        lambda: opened.append(
            services.open_place(
                form.facts, organisation_id=form.organisation.value, slug=form.slug.data, act=current_act()
            )
        ),
    ):
        return to_place(opened[0].id)
    return render_template("places/new.html", form=form, heading=heading), form.status


def _saved(form: F, number: int, capability: Capability) -> F:
    form.show(place_or_404(number, capability))
    return form
