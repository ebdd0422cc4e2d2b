"""hatchling's build hook: the wheel carries compiled translations."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileTranslations(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's parameter is its own business
    """Compiles every catalogue before the files are collected; `artifacts` in pyproject.toml lets them in."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # hatchling's signature
        # By path: where the wheel is built, Flask is not installed and `import booking` is none of our business.
        catalogues = runpy.run_path(str(Path(self.root) / "booking" / "deploy" / "catalogues.py"))
        folder = Path(self.root) / "booking" / "translations"
        catalogues["compile_all"](sorted(folder.glob("*/LC_MESSAGES/*.po")))
