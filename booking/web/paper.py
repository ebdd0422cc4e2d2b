"""Pages for paper: tagged PDFs (PDF/UA-1) that a screen reader reads in order, in the language that they say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, current_app


def pdf(template: str, told: Mapping[str, Any], *, filename: str) -> Response:
    """The Typst template of this name with `told` as its data, as an answer that nobody keeps. What people wrote is
    data and never markup (requirement C10)."""
    # Late: few processes ever print, and the compiler takes 80 MB.
    import typst

    loader = current_app.jinja_env.loader
    assert loader is not None
    source, _, _ = loader.get_source(current_app.jinja_env, template)
    made = typst.compile(
        source.encode(), format="pdf", sys_inputs={"data": json.dumps(dict(told))}, pdf_standards=["ua-1"]
    )
    answer = Response(made, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{filename}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
