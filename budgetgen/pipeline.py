"""The order of the steps: input → compute → check → render → verify. Nothing else knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from budgetgen.check import GAP_RULES, check, find_gaps, unknown_rules, with_levels
from budgetgen.classification import read_classification
from budgetgen.compute import compute
from budgetgen.input import load
from budgetgen.input.disclosure import Disclosed, read_disclosure
from budgetgen.input.findings import Findings
from budgetgen.issues import Issue, Level, Rejected, SourceRef
from budgetgen.model import Accounts, Loaded
from budgetgen.output import DRAFT, file_name, write_files
from budgetgen.profiles import Profile, read_profile, shelves
from budgetgen.render import Packet, Press
from budgetgen.render.pdf import to_pdf
from budgetgen.template import TemplateError
from budgetgen.verify import verify


@dataclass(frozen=True)
class Built:
    """What a build wrote and what it noticed. `files` is empty where errors stopped it."""

    files: tuple[Path, ...]
    issues: tuple[Issue, ...]
    draft: bool = False
    packet: Packet | None = None

    @property
    def errors(self) -> tuple[Issue, ...]:
        """The issues that stop a packet."""
        return tuple(i for i in self.issues if i.level is Level.ERROR)


def build(
    path: Path | str,
    out: Path | str | None = None,
    *,
    profile: str = "",
    templates: Sequence[Path | str] = (),
    force: bool = False,
    pdf: bool = False,
) -> Built:
    """Build one unit's packet: the nine tables and the document, and with `pdf` both as PDF too.

    `path` is the unit's input; the files go to `out`, by default a folder `<单位名称>-<年度>` beside it. `profile` names
    a 版式 in place of the input's own; it is looked for in the folders `templates` before all others. An error stops the packet from being written unless `force`; what the system
    itself refuses (an unreadable input, a folder that can't be written) stops it always. Nothing raises for bad input.
    """
    source = Path(path)
    try:
        loaded = load(source)
        places = shelves([Path(t) for t in templates], source.parent)
        packet, found = make(loaded, read_profile(profile or loaded.accounts.profile, places))
    except Rejected as e:
        return Built((), e.issues)
    issues = (*loaded.issues, *found)
    draft = any(i.rule in GAP_RULES for i in issues)
    if not force and any(i.level is Level.ERROR for i in issues):
        return Built((), issues, draft, packet)
    folder = Path(out) if out else source.parent / file_name(f"{loaded.accounts.unit.name}-{loaded.accounts.year}")
    files = dict(zip(file_names(loaded.accounts, draft=draft), (packet.workbook, packet.document), strict=True))
    try:
        written = write_files(folder, {n: r.data for n, r in files.items()}, lambda n, data: verify(files[n], data, n))
    except Rejected as e:
        return Built((), (*issues, *e.issues), draft, packet)
    printed, missed = to_pdf(written) if pdf else ((), ())
    return Built((*written, *printed), (*issues, *missed), draft, packet)


def read_tables(path: Path | str) -> tuple[Disclosed, Loaded]:
    """What the nine tables of a workbook or document tell, and the accounts from them, their totals held against.

    Raises `Rejected` where they can't be read.
    """
    told = read_disclosure(path, Findings())
    return told, told.settled(lambda a: compute(a, read_classification(a.year)).figures)


def make(loaded: Loaded, profile: Profile) -> tuple[Packet, list[Issue]]:
    """Compute, check and render one unit; Rejected where a template fails."""
    computed = compute(loaded.accounts, read_classification(loaded.accounts.year))
    levels = dict(profile.rules)
    issues = [*unknown_rules(levels, profile.name), *with_levels(check(loaded, computed), levels)]
    try:
        packet = press(profile).render(computed)
    except TemplateError as e:
        raise Rejected([*issues, _template_issue(e)]) from e
    except OSError as e:
        raise Rejected([*issues, _unreadable(e)]) from e
    return packet, [*issues, *find_gaps((packet.workbook, packet.document), loaded)]


@lru_cache(maxsize=16)
def press(profile: Profile) -> Press:
    """A 版式's templates, compiled once per process; anew when one of its files has changed."""
    return Press(profile)


def file_names(accounts: Accounts, *, draft: bool) -> tuple[str, str]:
    """The workbook's and the document's name."""
    stem = f"{DRAFT if draft else ''}{file_name(accounts.unit.name)}{accounts.year}年度"
    return f"{stem}公开表.xlsx", f"{stem}决算公开.docx"


def _template_issue(error: TemplateError) -> Issue:
    return Issue(
        "TEMPLATE-001", Level.ERROR, error.cause, "改模板。", place=SourceRef(str(error.file), cell=error.place)
    )


def _unreadable(error: OSError) -> Issue:
    place = SourceRef(str(error.filename)) if error.filename else None
    cause = f"模板文件读不出来（{error.strerror or error}）。"
    return Issue("TEMPLATE-002", Level.ERROR, cause, "核对文件是否完好、有没有读的权限。", place=place)
