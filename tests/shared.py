"""Files that others made to test with: beside the repository, or where `BUDGETGEN_SHARED` says; not everyone has them."""

from __future__ import annotations

import os
from pathlib import Path


def _found() -> Path | None:
    named = os.environ.get("BUDGETGEN_SHARED")
    folder = Path(named) if named else Path(__file__).parent.parent.parent / "shared"
    return folder if folder.is_dir() else None


SHARED = _found()
