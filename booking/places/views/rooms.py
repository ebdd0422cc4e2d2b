"""A place's rooms and their limits."""

from __future__ import annotations

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, where
from booking.accounts.rules.roles import Capability
from booking.places import services
from booking.places.forms import RoomForm
from booking.places.models import Room
from booking.places.queries import register
from booking.places.views.blueprint import bp
from booking.places.views.places import place_or_404, to_place
from booking.places.views.saving import done
from booking.web.forms import BaseForm


@bp.route("/personal/platser/<int:number>/lokaler/ny", methods=["GET", "POST"])
@requires(Capability.KEEP_PLACES)
def new_room(number: int) -> ResponseReturnValue:
    """A room more."""
    place = place_or_404(number, Capability.KEEP_PLACES)
    form = RoomForm()
    if done(
        form,
        lambda: services.add_room(number, name=form.room_name.data, seats=form.seats.data, act=current_act()),
    ):
        return to_place(number)
    return render_template("places/room.html", place=place, room=None, form=form), form.status


@bp.route("/personal/platser/<int:number>/lokaler/<int:room>", methods=["GET", "POST"])
@requires(Capability.KEEP_PLACES)
def room(number: int, room: int) -> ResponseReturnValue:
    """Another name or limit."""
    place, found = place_or_404(number, Capability.KEEP_PLACES), _room_or_404(number, room)
    form = RoomForm()

    def saved() -> RoomForm:
        fresh = RoomForm(formdata=None)
        fresh.show(_room_or_404(number, room))
        return fresh

    if done(
        form,
        lambda: services.correct_room(
            room, name=form.room_name.data, seats=form.seats.data, version=form.version.data, act=current_act()
        ),
        saved=saved,
    ):
        return to_place(number)
    if request.method == "GET":
        form.show(found)
    return render_template("places/room.html", place=place, room=found, form=form), form.status


@bp.route("/personal/platser/<int:number>/lokaler/<int:room>/borttagning", methods=["GET", "POST"])
@requires(Capability.KEEP_PLACES)
def remove_room(number: int, room: int) -> ResponseReturnValue:
    """A room less, when nothing was ever planned in it. Who only looks at the address gets the place's page."""
    place, found = place_or_404(number, Capability.KEEP_PLACES), _room_or_404(number, room)
    asked = BaseForm()
    if request.method == "GET" or done(asked, lambda: services.remove_room(room, act=current_act())):
        return to_place(number)
    form = RoomForm(formdata=None)
    form.show(found)
    form.form_errors = [said for _, said in asked.error_list]
    return render_template("places/room.html", place=place, room=found, form=form), asked.status


def _room_or_404(number: int, room: int) -> Room:
    return register.room(room, place_id=number, scope=where(Capability.KEEP_PLACES)) or abort(404)
