"""The order of the steps: input → compute → check → render → verify. Nothing else knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PureWindowsPath

from budgetgen.check import GAP_RULES, check, find_gaps, waived
from budgetgen.classification import read_classification
from budgetgen.compute import Computed, compute
from budgetgen.figures import Group
from budgetgen.issues import Issue, Level, Rejected, SourceRef
from budgetgen.loading import load
from budgetgen.model import Accounts, Loaded
from budgetgen.output import DRAFT, file_name, left_from_before, remove_files, write_files
from budgetgen.profiles import Profile, read_profile, shelves
from budgetgen.render import Packet, Press
from budgetgen.template import TemplateError
from budgetgen.verify import verify

_PRIOR = "YEAR-009"
_INPUTS = (".yaml", ".yml", ".xlsx", ".docx")


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
        return tuple(i for i in self.issues if i.stops)


@dataclass(frozen=True)
class Examined:
    """One unit as far as it can be known without writing anything.

    `loaded` is None where the input is unreadable; `computed` and `packet` are None where no file can be made of it.
    """

    issues: tuple[Issue, ...]
    loaded: Loaded | None = None
    computed: Computed | None = None
    packet: Packet | None = None

    @property
    def stops(self) -> bool:
        """Whether an error keeps its packet from being written."""
        return any(i.stops for i in self.issues)


def build(
    path: Path | str,
    out: Path | str | None = None,
    *,
    profile: str = "",
    templates: Sequence[Path | str] = (),
    force: bool = False,
    pdf: bool = False,
    prior: Path | str | None = None,
) -> Built:
    """Build one unit's packet: the nine tables and the document, and with `pdf` both as PDF too.

    `path` is the unit's input; the files go to `out`, by default a folder `<单位名称>-<年度>` beside it. `profile` names
    a 版式 in place of the input's own; it is looked for in the folders `templates` before all others. `prior` is last
    year's input, in place of the input's own 上年文件. An error stops the packet from being written unless `force`,
    which writes it as a draft; what the system itself refuses (an unreadable input, a folder that can't be written)
    stops it always. Nothing raises for bad input.
    """
    source = Path(path)
    seen = examine(source, profile=profile, templates=templates, prior=prior)
    loaded, packet, issues = seen.loaded, seen.packet, seen.issues
    if loaded is None or packet is None:
        return Built((), issues)
    accounts = loaded.accounts
    folder = Path(out) if out else source.parent / f"{file_name(accounts.unit.name)}-{accounts.year}"
    draft = seen.stops or any(i.rule in GAP_RULES for i in issues)
    if seen.stops and not force:
        return Built((), (*issues, *left_from_before(folder, file_names(accounts, draft=False))), draft, packet)
    files = dict(zip(file_names(accounts, draft=draft), (packet.workbook, packet.document), strict=True))
    try:
        written = write_files(folder, {n: r.data for n, r in files.items()}, lambda n, data: verify(files[n], data, n))
    except Rejected as e:
        return Built((), (*issues, *e.issues), draft, packet)
    printed, missed = _printed(written) if pdf else ((), ())
    return Built((*written, *printed), (*issues, *missed, *_tidied(folder, accounts, draft, pdf)), draft, packet)


def _printed(written: Sequence[Path]) -> tuple[Sequence[Path], Sequence[Issue]]:
    """The files as PDF, and why where there are none."""
    from budgetgen.render.pdf import to_pdf  # noqa: PLC0415 - few builds print

    return to_pdf(written)


def _tidied(folder: Path, accounts: Accounts, draft: bool, pdf: bool) -> list[Issue]:  # noqa: FBT001 - private
    """Take away the drafts that a final packet replaces; a note on what else stays there from before."""
    finals = file_names(accounts, draft=False)
    if draft:
        return left_from_before(folder, finals)
    drafts = file_names(accounts, draft=True)
    remove_files(folder, [*drafts, *map(pdf_name, drafts)])
    return [] if pdf else left_from_before(folder, map(pdf_name, finals))


def pdf_name(file: str) -> str:
    """The name of a file's PDF."""
    return f"{Path(file).stem}.pdf"


def examine(
    path: Path | str,
    *,
    profile: str = "",
    templates: Sequence[Path | str] = (),
    prior: Path | str | None = None,
) -> Examined:
    """Read, compute, check and fill one unit without writing; what the unit waives is marked. Nothing raises."""
    source = Path(path)
    loaded: Loaded | None = None
    try:
        loaded = load(source)
        layout = read_profile(profile or loaded.accounts.profile, shelves([Path(t) for t in templates], source.parent))
        last = _prior_year(loaded.accounts, source, prior)
        computed, packet, found = make(loaded, layout, last)
    except Rejected as e:
        return Examined((*(loaded.issues if loaded else ()), *e.issues), loaded)
    return Examined(tuple(waived((*loaded.issues, *found), loaded)), loaded, computed, packet)


def make(loaded: Loaded, profile: Profile, prior: Group | None = None) -> tuple[Computed, Packet, list[Issue]]:
    """Compute, check and render one unit; Rejected where a template or a file of rules fails."""
    computed = compute(loaded.accounts, read_classification(loaded.accounts.year))
    issues = check(loaded, computed, profile, prior)
    try:
        packet = press(profile).render(computed)
    except TemplateError as e:
        raise Rejected([*issues, _template_issue(e)]) from e
    except OSError as e:
        raise Rejected([*issues, _unreadable(e)]) from e
    return computed, packet, [*issues, *find_gaps((packet.workbook, packet.document), loaded)]


def _prior_year(accounts: Accounts, source: Path, given: Path | str | None) -> Group | None:
    """Last year's figures, from the file that was `given` or that the input names; Rejected where it can't be read."""
    named = accounts.prior_file
    if not given and not named:
        return None
    if not given and (PureWindowsPath(named).anchor or Path(named).suffix.lower() not in _INPUTS):
        cause = f"“{named}”不能用作上年文件。"
        raise Rejected([Issue(_PRIOR, Level.ERROR, cause, "写相对本文件的路径，如 ../2023/unit.yaml。", "上年文件")])
    file = Path(given) if given else source.parent / named
    try:
        last = load(file).accounts
    except Rejected as e:
        cause = f"上年文件读不出来：{e.issues[0]}"
        raise Rejected([Issue(_PRIOR, Level.ERROR, cause, "先改好上年文件，或不用它。", "上年文件")]) from e
    return compute(last, read_classification(last.year)).tree


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
