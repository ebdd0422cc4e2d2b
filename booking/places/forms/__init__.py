"""The forms of the house register."""

from booking.places.forms.calendar import DaysForm, NewDaysForm
from booking.places.forms.hours import HoursForm
from booking.places.forms.organisations import NewOrganisationForm, OrganisationForm
from booking.places.forms.places import DescribeForm, NewPlaceForm, NewStopForm, PlaceForm, RoomForm, StopForm

__all__ = [
    "DaysForm",
    "DescribeForm",
    "HoursForm",
    "NewDaysForm",
    "NewOrganisationForm",
    "NewPlaceForm",
    "NewStopForm",
    "OrganisationForm",
    "PlaceForm",
    "RoomForm",
    "StopForm",
]
