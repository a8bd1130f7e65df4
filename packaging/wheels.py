"""What both packages begin with: the program's own wheel, and other programs that have to end well."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "packaging"


class NotMadeError(Exception):
    """Why no package was made."""


def run(*command: str | Path, seconds: float | None = None) -> None:
    """A program that has to end well, within so many seconds."""
    told = " ".join(map(str, command))
    try:
        done = subprocess.run([str(c) for c in command], check=False, timeout=seconds)
    except subprocess.TimeoutExpired as e:
        raise NotMadeError(f"not done in {seconds:.0f} s: {told}") from e
    except OSError as e:
        raise NotMadeError(f"{e.strerror}: {told}") from e
    if done.returncode:
        raise NotMadeError(f"ended with {done.returncode}: {told}")


def own_wheel(folder: Path) -> Path:
    """The wheel of this repository, built into a folder."""
    run("uv", "build", "--quiet", "--wheel", "-o", folder, ROOT)
    (wheel,) = folder.glob("budgetgen-*.whl")
    return wheel
