"""One form, one verb: what every page of the register does."""

from __future__ import annotations

from collections.abc import Callable

from booking.kernel.refusal import Refused
from booking.places.rules.keeping import ChangedMeanwhile
from booking.web.editing import EditForm
from booking.web.forms import BaseForm


def done(form: BaseForm, verb: Callable[[], object], *, saved: Callable[[], EditForm] | None = None) -> bool:
    """Whether the form was sent, is right and the verb did it; else the form says why not. `saved` makes the form of
    what is there now, to stand beside what was typed (requirement A14)."""
    if not form.validate_on_submit():
        return False
    try:
        verb()
    except ChangedMeanwhile as refused:
        form.refuse(refused)
        if saved is not None and isinstance(form, EditForm):
            form.compare(saved())
    except Refused as refused:
        form.refuse(refused)
    else:
        return True
    return False
