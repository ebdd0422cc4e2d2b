"""An organisation's name and kind."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField

from booking.kernel import cells
from booking.places.forms.fields import CellField, ChoiceField
from booking.places.queries.register import OrganisationRow
from booking.places.rules import OrganisationKind
from booking.web.editing import EditForm
from booking.web.texts import L_, N_, gettext

ORGANISATION_WORDS = {
    OrganisationKind.MUNICIPALITY: N_("Municipality"),
    OrganisationKind.REGION: N_("Region"),
}


class OrganisationForm(EditForm):
    """What can be corrected; the code stays."""

    organisation_name = CellField(
        L_("Name"),
        name="namn",
        read_cell=cells.text(80),
        limit=80,
        missing=L_("Write the name."),
    )
    kind = ChoiceField(L_("Kind"), name="typ", missing=L_("Choose what sort it is."), of=OrganisationKind)
    runs_workshops = BooleanField(L_("Runs the children's workshops"), name="ordnar")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.offer((kind, gettext(said)) for kind, said in ORGANISATION_WORDS.items())

    def show(self, found: OrganisationRow) -> None:
        """Fill in what is saved now."""
        self.process(
            None,
            version=found.version,
            organisation_name=found.name,
            kind=found.kind,
            runs_workshops=found.runs_workshops,
        )


class NewOrganisationForm(EditForm):
    """With the code that it is known by."""

    code = CellField(
        L_("Code"),
        name="kod",
        read_cell=cells.matching(r"[0-9]{4}|[0-9]{2}", like="1290"),
        limit=4,
        missing=L_("Write the code."),
        description=L_("Statistics Sweden's code: four digits for a municipality, two for a region. It stays."),
        render_kw={"inputmode": "numeric"},
    )
    organisation_name = CellField(
        L_("Name"),
        name="namn",
        read_cell=cells.text(80),
        limit=80,
        missing=L_("Write the name."),
    )
    kind = ChoiceField(L_("Kind"), name="typ", missing=L_("Choose what sort it is."), of=OrganisationKind)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.offer((kind, gettext(said)) for kind, said in ORGANISATION_WORDS.items())
