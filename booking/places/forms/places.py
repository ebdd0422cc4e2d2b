"""What staff write about a place and its rooms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from booking.kernel import cells
from booking.places.forms.fields import CellField, ChoiceField, ClockField, NumberField, ProseField
from booking.places.models import Place, Room
from booking.places.rules import Pattern, PlaceKind, WeekParity
from booking.places.rules.keeping import KIND_WORDS, PHONE, POSTAL_CODE, PlaceFacts
from booking.web import filters
from booking.web.editing import EditForm
from booking.web.language import current_language
from booking.web.texts import L_, N_, gettext

PARITY_WORDS = {
    WeekParity.ANY: N_("Every week"),
    WeekParity.ODD: N_("Odd weeks"),
    WeekParity.EVEN: N_("Even weeks"),
}
_WAY = {
    "accessibility_note": L_("How one gets in: steps, ramp, lift, door opener, toilet, hearing loop."),
    "directions": L_("How one finds the door, and where one parks or gets off the bus."),
}


class DescribeForm(EditForm):
    """How one gets there and gets in."""

    accessibility_note = ProseField(L_("Accessibility"), name="tillganglighet", description=_WAY["accessibility_note"])
    directions = ProseField(L_("Way to the place"), name="vag", description=_WAY["directions"])

    def show(self, place: Place) -> None:
        """Fill in what is saved now."""
        self.process(None, version=place.version, **_values(place, "accessibility_note", "directions"))


class PlaceForm(EditForm):
    """A place that is no stop, as the register has it."""

    kind = ChoiceField(L_("Kind"), name="typ", missing=L_("Choose what sort of place it is."), of=PlaceKind)
    place_name = CellField(
        L_("Name"), name="namn", read_cell=cells.text(120), limit=120, missing=L_("Write what the place is called.")
    )
    address = CellField(L_("Street address"), name="adress", read_cell=cells.text(120), limit=120, required=False)
    postal_code = CellField(L_("Postal code"), name="postnummer", read_cell=POSTAL_CODE, limit=6, required=False)
    locality = CellField(L_("Town or village"), name="ort", read_cell=cells.text(80), limit=80, required=False)
    latitude = CellField(
        L_("Latitude"),
        name="latitud",
        read_cell=cells.decimal(-90, 90),
        empty=None,
        limit=24,
        required=False,
        description=L_("Degrees, such as 56.031. A map tells both when you press on the house."),
        render_kw={"inputmode": "decimal"},
    )
    longitude = CellField(
        L_("Longitude"),
        name="longitud",
        read_cell=cells.decimal(-180, 180),
        empty=None,
        limit=24,
        required=False,
        render_kw={"inputmode": "decimal"},
    )
    phone = CellField(
        L_("Phone"), name="telefon", read_cell=PHONE, limit=40, required=False, render_kw={"inputmode": "tel"}
    )
    accessibility_note = ProseField(L_("Accessibility"), name="tillganglighet", description=_WAY["accessibility_note"])
    directions = ProseField(L_("Way to the place"), name="vag", description=_WAY["directions"])
    source = CellField(
        L_("Source"),
        name="kalla",
        read_cell=cells.text(500),
        limit=500,
        required=False,
        description=L_("Where the facts come from. Only staff see it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.offer((kind, gettext(said)) for kind, said in KIND_WORDS.items() if kind is not PlaceKind.STOP)

    def show(self, place: Place) -> None:
        """Fill in what is saved now."""
        self.process(None, version=place.version, kind=place.kind, place_name=place.name, **_values(place, *_PLAIN))

    @property
    def facts(self) -> PlaceFacts:
        return PlaceFacts(kind=self.kind.value, name=self.place_name.data, **{name: self[name].data for name in _PLAIN})


_PLAIN = (
    "address",
    "postal_code",
    "locality",
    "latitude",
    "longitude",
    "phone",
    "accessibility_note",
    "directions",
    "source",
)


class StopForm(PlaceForm):
    """A stop of the bokbuss, with the pattern of its visits."""

    weekday = ChoiceField(L_("Weekday"), name="veckodag", missing=L_("Choose a weekday."), of=int)
    parity = ChoiceField(L_("Weeks"), name="veckor", missing=L_("Choose in which weeks."), of=WeekParity)
    week_cycle = NumberField(
        L_("How many weeks between visits"),
        name="mellanrum",
        low=1,
        high=8,
        description=L_("1 for every week, 2 for every second week. Longer cycles are not proposed by themselves."),
    )
    arrives = ClockField(L_("The bus comes"), name="kommer", missing=L_("Write when the bus comes."))
    departs = ClockField(L_("The bus leaves"), name="gar", missing=L_("Write when the bus leaves."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.offer([(PlaceKind.STOP, gettext(KIND_WORDS[PlaceKind.STOP]))])
        language = current_language()
        self.weekday.offer((day, filters.upper_first(filters.weekday_name(language, day - 1))) for day in range(1, 8))
        self.parity.offer((parity, gettext(said)) for parity, said in PARITY_WORDS.items())

    def show(self, place: Place) -> None:
        assert place.stop is not None, "only stops are shown here"
        stop = place.stop
        self.process(
            None,
            version=place.version,
            kind=place.kind,
            place_name=place.name,
            weekday=stop.weekday,
            parity=stop.week_parity,
            week_cycle=stop.week_cycle,
            arrives=stop.arrives,
            departs=stop.departs,
            **_values(place, *_PLAIN),
        )

    @property
    def facts(self) -> PlaceFacts:
        return PlaceFacts(
            kind=PlaceKind.STOP,
            name=self.place_name.data,
            pattern=Pattern(
                weekday=self.weekday.value,
                week_cycle=self.week_cycle.data,
                parity=self.parity.value,
                arrives=self.arrives.data,
                departs=self.departs.data,
            ),
            **{name: self[name].data for name in _PLAIN},
        )


class _New:
    """What only a new place has: its address, and whose it is."""

    organisation = ChoiceField(L_("Organisation"), name="organisation", missing=L_("Choose whose place it is."), of=int)
    slug = CellField(
        L_("Word in the address"),
        name="adressord",
        read_cell=cells.slug,
        limit=80,
        required=False,
        description=L_("Such as norra-asum. It stays for good. Left empty, it is made of the name."),
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )


class NewPlaceForm(_New, PlaceForm):
    """A place that is no stop."""


class NewStopForm(_New, StopForm):
    """A stop of the bokbuss."""


class RoomForm(EditForm):
    """A room with its limit."""

    room_name = CellField(
        L_("Name"), name="namn", read_cell=cells.text(80), limit=80, missing=L_("Write what the room is called.")
    )
    seats = NumberField(
        L_("People at most"),
        name="platser",
        low=1,
        high=1000,
        missing=L_("Write how many people the room takes."),
        description=L_("How many people the room takes, children and adults together."),
    )

    def show(self, room: Room) -> None:
        """Fill in what is saved now."""
        self.process(None, version=room.version, room_name=room.name, seats=room.seats)


def offer_organisations(form: NewPlaceForm | NewStopForm, organisations: Iterable[tuple[int, str]]) -> None:
    """Whose the place can be; the first is proposed."""
    form.organisation.offer(organisations)


def _values(place: Place, *names: str) -> dict[str, Any]:
    return {name: getattr(place, name) for name in names}
