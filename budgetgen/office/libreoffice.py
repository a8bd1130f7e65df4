"""LibreOffice, where it is installed: one call that converts any number of files."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

PROGRAMS = ("soffice", "libreoffice")
START_SECONDS, SECONDS_PER_FILE = 90, 30
"""How long the first start of LibreOffice and then each file may take before it is given up."""


def find_office() -> str:
    """LibreOffice's program: on the PATH, else in the usual places; blank where there is none."""
    on_path = (found for name in PROGRAMS if (found := shutil.which(name)))
    usual = (str(place) for place in _usual_places() if place.is_file())
    return next(on_path, "") or next(usual, "")


def _usual_places() -> Iterator[Path]:
    if sys.platform == "win32":
        for variable in ("ProgramW6432", "ProgramFiles", "ProgramFiles(x86)"):
            if folder := os.environ.get(variable):
                yield Path(folder, "LibreOffice", "program", "soffice.exe")
    elif sys.platform == "darwin":
        for root in (Path("/Applications"), Path.home() / "Applications"):
            yield root / "LibreOffice.app" / "Contents" / "MacOS" / "soffice"
    else:
        yield from (Path(folder, "soffice") for folder in ("/usr/bin", "/usr/local/bin", "/snap/bin"))
        yield from sorted(Path("/opt").glob("libreoffice*/program/soffice"), reverse=True)


def convert(program: str, kind: str, files: Sequence[Path], folder: Path, timeout: float = 0) -> str:
    """Convert `files` to `kind`, as `--convert-to` names it, into `folder`; a word on why it failed, if it did.

    `timeout` is in seconds, by default what the number of files needs.
    """
    with tempfile.TemporaryDirectory(prefix="budgetgen-", ignore_cleanup_errors=True) as scratch:
        # A user profile of its own: a LibreOffice that is open on the desk would take the call and do nothing.
        command = [
            program, f"-env:UserInstallation={Path(scratch, 'user').as_uri()}", "--headless", "--norestore",
            "--nolockcheck", "--convert-to", kind, "--outdir", str(folder), *(str(f.resolve()) for f in files),
        ]  # fmt: skip
        return _run(command, timeout or START_SECONDS + SECONDS_PER_FILE * len(files))


def _run(command: list[str], timeout: float) -> str:
    """Run LibreOffice to its end; a word on why it failed, if it did."""
    quiet = subprocess.DEVNULL
    try:
        process = subprocess.Popen(  # noqa: S603 - a fixed program with paths for arguments, no shell
            command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        )
    except OSError as e:
        return f"（不能启动：{e.strerror or e}）"
    try:
        code = process.wait(timeout)
    except subprocess.TimeoutExpired:
        _end(process)
        return f"（{timeout:.0f} 秒没有做完，已停止）"
    except BaseException:
        _end(process)
        raise
    return f"（退出码 {code}）" if code else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """End LibreOffice: its starter and the program that this has started."""
    with suppress(OSError):
        if sys.platform == "win32":
            taskkill = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
            subprocess.run(taskkill, capture_output=True, check=False)  # noqa: S603 - a system program
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
