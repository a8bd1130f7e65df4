"""A unit sent to a machine that does not see our folders: its input and what goes with it there, its packet back."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from budgetgen.batch.basis import Settings
from budgetgen.batch.outcome import Ending, Outcome
from budgetgen.batch.unit import REPORTS, Task, build_unit
from budgetgen.check.report import issue_text
from budgetgen.issues import Rejected
from budgetgen.office.files import DISK_FULL, DRAFT, remove_files, write_files
from budgetgen.reading import files_behind
from budgetgen.resources import OWN_FOLDER, VARIABLE

_DATA, _OUT = "数据", "结果"


@dataclass(frozen=True, slots=True)
class Parcel:
    """`task` as it is to be done at the other end, its paths below a folder that is made there; `files` by path."""

    task: Task
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Returned:
    """What comes back: the outcome, and the files it tells of by their path below the run's folder."""

    outcome: Outcome
    files: Mapping[str, bytes]


def pack(task: Task) -> Parcel:
    """A unit with all that its packet rests on. OSError: something of it can't be read."""
    source = task.source.absolute()
    files = [source, *(source.parent / name for name in files_behind(source))]
    own = source.parent / OWN_FOLDER
    root = Path(os.path.commonpath([f.resolve().parent for f in files]))
    packed = {f"{_DATA}/{_below(root, f)}": f.read_bytes() for f in files if f.is_file()}
    if own.is_dir():
        packed |= {f"{_DATA}/{_below(root, own)}/{name}": data for name, data in _content(own).items()}
    folders = []
    for number, folder in enumerate(_shelves(task.settings)):
        folders.append(Path(f"模板{number}"))
        packed |= {f"模板{number}/{name}": data for name, data in _content(folder).items()}
    settings = replace(task.settings, templates=tuple(folders))
    there = replace(task, source=Path(_DATA, _below(root, source)), out=Path(_OUT), settings=settings)
    return Parcel(there, packed)


def _below(root: Path, path: Path) -> str:
    return path.resolve().relative_to(root).as_posix()


def _shelves(settings: Settings) -> Iterator[Path]:
    """The user's own folders of 版式: those given, then those that the environment names."""
    yield from settings.templates
    yield from map(Path, filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)))


@lru_cache(maxsize=16)
def _content(folder: Path) -> Mapping[str, bytes]:
    """The files of a folder of 版式, read once in a run."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def build_parcel(parcel: Parcel) -> Returned:
    """Build a unit from its parcel, in a folder of its own that is gone afterwards."""
    with TemporaryDirectory(prefix="budgetgen-") as name:
        place = Path(name)
        for path, data in parcel.files.items():
            target = place / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        task = parcel.task
        settings = replace(task.settings, templates=tuple(place / t for t in task.settings.templates))
        out = place / task.out
        outcome = build_unit(replace(task, source=place / task.source, out=out, settings=settings))
        made = [f"{outcome.folder}/{n}" for n in outcome.files] + ([outcome.report] if outcome.report else [])
        cause = outcome.cause.replace(str(place / _DATA) + os.sep, "")
        return Returned(replace(outcome, cause=cause), {m: (out / m).read_bytes() for m in made})


def put(task: Task, returned: Returned) -> Outcome:
    """Write what came back to where `task` wanted it; its outcome as if it had been built here."""
    outcome = replace(returned.outcome, source=str(task.source))
    if outcome.basis:
        outcome = replace(outcome, basis={**outcome.basis, "设置": task.settings.digest})
    try:
        if not outcome.report:
            remove_files(task.out / REPORTS, [task.report])
        for folder in (outcome.folder, REPORTS):
            files = {p.partition("/")[2]: d for p, d in returned.files.items() if p.partition("/")[0] == folder}
            if files:
                write_files(task.out / folder, files, lambda *_: ())
        if outcome.ending is Ending.FINAL:
            remove_files(task.out / outcome.folder, [f"{DRAFT}{name}" for name in outcome.files])
    except Rejected as e:
        full = any(i.rule == DISK_FULL for i in e.issues)
        cause = "\n".join(map(issue_text, e.issues))
        return replace(outcome, ending=Ending.FAULTY, cause=cause, files={}, basis={}, disk_full=full)
    return outcome
