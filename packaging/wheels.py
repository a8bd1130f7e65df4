"""What both packages begin with: the program's own wheel, and other programs that have to end well."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "packaging"


class NotMadeError(Exception):
    """Why no package was made."""


def run(*command: str | Path) -> None:
    """A program that has to end well."""
    done = subprocess.run([str(c) for c in command], check=False)
    if done.returncode:
        raise NotMadeError(f"ended with {done.returncode}: {' '.join(map(str, command))}")


def own_wheel(folder: Path) -> Path:
    """The wheel of this repository, built into a folder."""
    run("uv", "build", "--quiet", "--wheel", "-o", folder, ROOT)
    (wheel,) = folder.glob("budgetgen-*.whl")
    return wheel
