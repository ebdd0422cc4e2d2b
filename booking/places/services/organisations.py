"""Keeping the organisations: municipalities and the region. None is ever deleted, since places and roles name them."""

from __future__ import annotations

from sqlalchemy import select

from booking.kernel.act import Act
from booking.places.models import Organisation
from booking.places.rules import NameMissing, NoSuchOrganisation, OrganisationKind
from booking.places.rules.keeping import ChangedMeanwhile, CodeTaken, SomebodyRunsWorkshops
from booking.store import audit, writes
from booking.store.engine import session
from booking.store.locks import hold


@writes
def add_organisation(*, code: str, name: str, kind: OrganisationKind, act: Act) -> Organisation:
    """A municipality or a region by SCB's code, which it keeps. Raises NameMissing, CodeTaken."""
    hold("organisations")
    taken = session().scalar(select(Organisation.name).where(Organisation.code == code))
    if taken is not None:
        raise CodeTaken(organisation=taken)
    new = Organisation(code=code, name=_checked(name), kind=kind)
    session().add(new)
    session().flush()  # the audit row names it by its number
    audit("add_organisation", f"organisation:{new.id}", act=act)
    return new


@writes
def correct_organisation(
    organisation_id: int,
    *,
    name: str,
    kind: OrganisationKind,
    runs_workshops: bool,
    act: Act,
    version: int | None = None,
) -> None:
    """Write what an organisation is. `runs_workshops` takes that over from the one that had it; it is never nobody's.

    Raises NoSuchOrganisation, ChangedMeanwhile, NameMissing, SomebodyRunsWorkshops.
    """
    hold("organisations")
    found = session().get(Organisation, organisation_id, with_for_update=True)
    if found is None:
        raise NoSuchOrganisation(code="")
    if version is not None and found.version != version:
        raise ChangedMeanwhile
    if found.runs_workshops and not runs_workshops:
        raise SomebodyRunsWorkshops
    name = _checked(name)
    if (found.name, found.kind, found.runs_workshops) == (name, kind, runs_workshops):
        return
    if runs_workshops and not found.runs_workshops:
        for other in session().scalars(select(Organisation).where(Organisation.runs_workshops).with_for_update()):
            other.runs_workshops, other.version = False, other.version + 1
    found.name, found.kind, found.runs_workshops = name, kind, runs_workshops
    found.version += 1
    session().flush()  # the change before the audit row that tells of it
    audit("correct_organisation", f"organisation:{organisation_id}", act=act)


def _checked(name: str) -> str:
    if not name.strip():
        raise NameMissing
    return " ".join(name.split())
