"""The order of the steps: input → compute → check → render → verify. Nothing else knows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from budgetgen.carry import read_others
from budgetgen.check import GAP_RULES, asked_for, check, find_gaps, waived
from budgetgen.check.report import ToFill, at_suspects, is_to_fill, to_fill
from budgetgen.check.rules import untold_details
from budgetgen.check.text_figures import numbers_in_texts, own_numbers
from budgetgen.classification import read_classification
from budgetgen.compute import Computed, compute
from budgetgen.figures import Figure, Group
from budgetgen.input import ABSENT
from budgetgen.issues import Issue, Level, Rejected, Rule, SourceRef, refusal
from budgetgen.layout import Kind, PacketFile, Profile, lacking, read_kind, read_profile, shelves
from budgetgen.model import Accounts, Loaded
from budgetgen.model.extra_fields import fitted
from budgetgen.office.files import (
    DRAFT,
    file_name,
    folder_name,
    free_name,
    left_from_before,
    remove_files,
    write_files,
)
from budgetgen.packet.literals import LITERAL, literals
from budgetgen.packet.render import Packet, PacketRenderer
from budgetgen.packet.stamp import stamped
from budgetgen.packet.unprinted import unprinted
from budgetgen.reading import read_whole
from budgetgen.records import record
from budgetgen.resources import collecting_seldom
from budgetgen.template import Rendered, TemplateError
from budgetgen.verify import verify
from budgetgen.verify.marks import with_marks

if TYPE_CHECKING:
    from budgetgen.consolidate import Reading
    from budgetgen.verify.changes import Verdict

_DIGITS = 32


@record
class Numbers:
    """How many numbers a packet says, years, codes and the like aside: from figures, in the unit's own texts, and typed into templates."""

    printed: int
    own: int
    typed: int

    @property
    def words(self) -> str:
        """How many there are, and of how many it is known where they come from."""
        own = f"（{self.own:,} 个在自己写的文字里）" if self.own else ""
        known = self.printed + self.own
        return f"{known + self.typed:,} 个数，{known:,} 个有来处{own}"


@record
class Built:
    """What a build wrote and what it noticed. `files` is empty where errors stopped it."""

    files: tuple[Path, ...]
    issues: tuple[Issue, ...]
    draft: bool = False
    packet: Packet | None = None
    to_fill: tuple[ToFill, ...] = ()
    loaded: Loaded | None = None
    numbers: Numbers | None = None

    @property
    def errors(self) -> tuple[Issue, ...]:
        """The issues that stop a packet."""
        return tuple(i for i in self.issues if i.stops)


@record
class Examined:
    """One unit as far as it can be known without writing anything.

    `loaded` is None where the input is unreadable; `computed` and `packet` are None where no file can be made of it.
    `profile` is the 版式 that was used, its files as they were then, `kind` the kind of packet. `inputs` are the files that its figures come from:
    the input, and of a department those of its units.
    `to_fill` is what is still to be filled in, in the order of the form; the issues that say so are among `issues` too.
    """

    issues: tuple[Issue, ...]
    loaded: Loaded | None = None
    computed: Computed | None = None
    packet: Packet | None = None
    profile: Profile | None = None
    inputs: tuple[Path, ...] = ()
    kind: Kind | None = None
    to_fill: tuple[ToFill, ...] = ()

    @property
    def draft(self) -> bool:
        """Whether its packet is one that can't be published."""
        return self.stops or any(i.rule in GAP_RULES for i in self.issues)

    @property
    def stops(self) -> bool:
        """Whether an error keeps its packet from being written."""
        return any(i.stops for i in self.issues)

    @property
    def in_texts(self) -> tuple[Issue, ...]:
        """What is to be known of numbers in the unit's own texts, beside the issues."""
        return tuple(numbers_in_texts(self.loaded, self.computed)) if self.loaded and self.computed else ()

    @property
    def wrong(self) -> tuple[Issue, ...]:
        """The issues but those that ask for something to be filled in."""
        return tuple(i for i in self.issues if not is_to_fill(i))


@collecting_seldom()
def build(
    path: Path | str,
    out: Path | str | None = None,
    *,
    profile: str = "",
    templates: Sequence[Path | str] = (),
    force: bool = False,
    pdf: bool = False,
    prior: Path | str | None = None,
    kind: str = "",
    reread: bool = False,
    marks: bool = True,
) -> Built:
    """Build one unit's packet: the files of its kind, and with `pdf` all as PDF too.

    `path` is the unit's input; the files go to `out`, by default a folder beside it that is named as the kind says.
    `kind` names a kind of packet in place of the input's own 材料, `profile` a 版式 in place of the input's own; it is looked for in the folders `templates` before all others. `prior` is last
    year's input, in place of the input's own 上年文件. With `reread`, openpyxl, python-docx and LibreOffice (where it is
    installed) read every printed figure back too, which takes seconds. With `marks` the files carry what `budgetgen verify`
    needs. An error stops the packet from being written unless `force`,
    which writes it as a draft; what the system itself refuses (an unreadable input, a folder that can't be written)
    stops it always. Nothing raises for bad input.
    """
    source = Path(path)
    seen = examine(source, profile=profile, templates=templates, prior=prior, kind=kind)
    if seen.loaded is None or seen.kind is None:
        return Built((), seen.issues, to_fill=seen.to_fill)
    folder = Path(out) if out else source.parent / packet_folder(seen.loaded.accounts, seen.kind)
    built = deliver(seen, folder, force=force, pdf=pdf, reread=reread, marks=marks)
    return replace(built, to_fill=seen.to_fill, loaded=seen.loaded)


def deliver(
    seen: Examined, folder: Path, *, force: bool = False, pdf: bool = False, reread: bool = False, marks: bool = True
) -> Built:
    """Write the packet of a unit that was examined to `folder`; the rest as in `build`. Nothing raises."""
    loaded, packet, issues = seen.loaded, seen.packet, seen.issues
    if loaded is None or packet is None:
        return Built((), issues)
    accounts = loaded.accounts
    draft = seen.draft
    if seen.stops and not force:
        return Built(
            (),
            (*issues, *left_from_before(folder, file_names(accounts, packet.kind.files, draft=False))),
            draft,
            packet,
        )
    rendered = [stamped(r) if draft else r for r in packet.files.values()]
    if marks:
        source = _digest(seen.inputs)
        rendered = [replace(r, data=with_marks(r, source)) for r in rendered]
    files = dict(zip(file_names(accounts, packet.files, draft=draft), rendered, strict=True))
    drafts = [] if draft else file_names(accounts, packet.files, draft=True)
    edits = _edited(folder, {**dict.fromkeys(drafts, b""), **{n: r.data for n, r in files.items()}})
    keep = {name: free_name(folder, name, "改过") for name in edits}
    try:
        written = write_files(folder, {n: r.data for n, r in files.items()}, partial(_read_back, files, reread), keep)
    except Rejected as e:
        return Built((), (*issues, *e.issues), draft, packet)
    printed, missed = _printed(written) if pdf else ((), ())
    tidied = _tidied(folder, accounts, packet, keep, draft=draft, pdf=pdf)
    told = [_kept(folder, name, edit, keep[name]) for name, edit in edits.items()]
    counted = _numbers(packet, loaded, issues)
    noticed = (*issues, *seen.in_texts, *missed, *told, *tidied)
    return Built((*written, *printed), noticed, draft, packet, numbers=counted)


def _numbers(packet: Packet, loaded: Loaded, issues: Iterable[Issue]) -> Numbers:
    figures = sum(isinstance(p.value, Figure) for rendered in packet.files.values() for p in rendered.printed)
    return Numbers(figures, len(own_numbers(loaded)), sum(i.rule == LITERAL for i in issues))


def _digest(inputs: Iterable[Path]) -> str:
    """A digest of what these files say; blank where one is gone."""
    try:
        return sha256(b"".join(sha256(path.read_bytes()).digest() for path in inputs)).hexdigest()[:_DIGITS]
    except OSError:
        return ""


def _edited(folder: Path, files: Mapping[str, bytes]) -> dict[str, Verdict]:
    """The files in `folder` that are neither what is to be written nor as they were written once, or can't be told to be."""
    found: dict[str, Verdict] = {}
    for name, new in files.items():
        with suppress(OSError):  # not there, or not to be read: then it can't be replaced either
            data = (folder / name).read_bytes()
            if data != new and (edit := _edit(data)):
                found[name] = edit
    return found


def _edit(data: bytes) -> Verdict | None:
    """What a hand has changed in a file; None where nothing."""
    from budgetgen.verify.changes import State, verdict_of  # noqa: PLC0415 - most files are new, or the same again

    verdict = verdict_of(data)
    return verdict if verdict.state is not State.UNTOUCHED else None


def _kept(folder: Path, name: str, edit: Verdict, kept: str) -> Issue:
    """That an edited file was put aside."""
    cause = f"{name} 生成以后有人改过（{edit.words}），改过的那份另存为 {kept}。"
    mend = "要保留的改动，改到数据文件或版式里再生成；用不着就删去。"
    return Issue("OUTPUT-007", Level.WARNING, cause, mend, place=SourceRef(str(folder / kept)))


def _read_back(files: Mapping[str, Rendered], again: bool, name: str, data: bytes) -> list[Issue]:  # noqa: FBT001 - private
    """What a file that was written does not show as it was printed; `again` has other programs read it too."""
    wrong = verify(files[name], data, name)
    if wrong or not again:
        return wrong
    from budgetgen.verify.independent import verify_independently  # noqa: PLC0415 - slow libraries, seldom asked for

    return verify_independently(files[name], data, name)


def _printed(written: Sequence[Path]) -> tuple[Sequence[Path], Sequence[Issue]]:
    """The files as PDF, and why where there are none."""
    from budgetgen.office.libreoffice import to_pdf  # noqa: PLC0415 - few builds print

    return to_pdf(written)


def _tidied(
    folder: Path, accounts: Accounts, packet: Packet, keep: Mapping[str, str], *, draft: bool, pdf: bool
) -> list[Issue]:
    """Take away the drafts that a final packet replaces, or give them the names in `keep`; note what else stays from before."""
    finals = file_names(accounts, packet.files, draft=False)
    gone = file_names(accounts, [f for f in packet.kind.files if f not in packet.files], draft=False)
    if draft:
        return left_from_before(folder, [*finals, *gone])
    drafts = file_names(accounts, packet.files, draft=True)
    for name in [n for n in drafts if n in keep]:
        with suppress(OSError):
            (folder / name).replace(folder / keep[name])
    remove_files(folder, [*drafts, *map(pdf_name, drafts)])
    return left_from_before(folder, [*gone, *(() if pdf else map(pdf_name, finals))])


def pdf_name(file: str) -> str:
    """The name of a file's PDF."""
    return f"{Path(file).stem}.pdf"


@collecting_seldom()
def examine(
    path: Path | str,
    *,
    profile: str = "",
    templates: Sequence[Path | str] = (),
    prior: Path | str | None = None,
    kind: str = "",
) -> Examined:
    """Read, compute, check and fill one unit without writing; what the unit waives is marked. Nothing raises.

    The units of a department are examined first, each as it would be alone.
    """
    return _examine(Path(path), (), profile=profile, templates=templates, prior=prior, kind=kind)


def _examine(
    source: Path,
    above: tuple[Path, ...],
    *,
    profile: str = "",
    templates: Sequence[Path | str] = (),
    prior: Path | str | None = None,
    kind: str = "",
) -> Examined:
    """`examine`, of a unit of the departments `above`."""

    def unit(path: Path, departments: tuple[Path, ...]) -> Reading:
        from budgetgen.consolidate import Reading  # noqa: PLC0415 - few inputs are a department's

        # A unit may be in the 版式 that stands beside its department.
        beside = [s.folder for s in shelves(beside=source.parent) if s.settings.parent == source.parent]
        seen = _examine(path, departments, templates=(*templates, *beside))
        return Reading(seen.loaded, seen.issues, draft=seen.draft, files=frozenset(seen.inputs))

    loaded: Loaded | None = None
    of_kind: Kind | None = None
    inputs: tuple[Path, ...] = ()
    absent: list[Issue] = []
    try:
        loaded, inputs = read_whole(source, above, unit, stand_in=True, profile=profile, templates=templates, kind=kind)
        places = shelves([Path(t) for t in templates], source.parent)
        accounts = loaded.accounts
        of_kind = read_kind(kind or accounts.kind, places, accounts.sections_told)
        layout = read_profile(profile or accounts.profile, places, of_kind).worded_for(accounts)
        absent = _absent_sections(loaded, of_kind)
        if absent or any(i.stops and i.rule in ABSENT for i in loaded.issues):
            return _unfinished(loaded, [*loaded.issues, *absent], layout, of_kind, inputs)
        others = read_others(loaded, source, of_kind, places, prior)
        computed, packet, found = make(loaded, layout, of_kind, others.trees, folder=source.parent)
    except Rejected as e:
        issues = (*(loaded.issues if loaded else ()), *e.issues)
        return Examined(issues, loaded, inputs=inputs, kind=of_kind, to_fill=to_fill(issues, loaded))
    issues = at_suspects(waived((*loaded.issues, *others.issues, *found), loaded), loaded)
    return Examined(issues, loaded, computed, packet, layout, inputs, of_kind, to_fill(issues, loaded))


def _unfinished(
    loaded: Loaded, issues: Sequence[Issue], profile: Profile, kind: Kind, inputs: tuple[Path, ...]
) -> Examined:
    """What is known of an input in which something else stands in for what every input must tell.

    Filled as it is, its packet shows what else is to be filled in; anything else that it shows would follow from that.
    """
    try:
        computed = _figures(loaded, profile)
        packet = renderer_of(profile, kind).render(computed)
        gaps = [*asked_for(untold_details(loaded, computed), kind.sections), *find_gaps(packet.files.values(), loaded)]
    except (Rejected, TemplateError, OSError):
        gaps = []
    told = {i.path for i in issues}
    found = (*issues, *(g for g in gaps if g.path not in told))
    readable = not any(i.stops and i.rule in ABSENT for i in loaded.issues)
    known = loaded if readable else None
    return Examined(found, known, inputs=inputs, kind=kind, to_fill=to_fill(found, loaded))


def _absent_sections(loaded: Loaded, kind: Kind) -> list[Issue]:
    """An issue for each section that the input does not tell and that every packet of the kind needs."""
    sources = loaded.sources  # a nothing (无) is stated too, but not by the sheet of a form that is there in any case
    stated = {section for section in kind.needed if section in sources and not sources[section].cell}
    told = {i.path for i in loaded.issues if i.stops}
    mend = f"补上“{{}}”；要做的不是{kind.title}时，写明“材料”。"
    return [
        Issue(
            Rule.MISSING.code, Level.ERROR, f"缺少“{section}”。", mend.format(section), section, loaded.place(section)
        )
        for section in lacking(kind, loaded.accounts.sections_told | stated)
        if section not in told
    ]


def _figures(loaded: Loaded, profile: Profile) -> Computed:
    """The figures of accounts in a 版式, whose 补充字段 are gaps where they were read without it."""
    accounts = fitted(loaded.accounts, profile.model)
    return compute(accounts, read_classification(accounts.year), profile.scoring)


def make(
    loaded: Loaded,
    profile: Profile,
    kind: Kind,
    others: Mapping[str, Group] | None = None,
    *,
    folder: Path | None = None,
) -> tuple[Computed, Packet, list[Issue]]:
    """Compute, check and render one unit, whose pictures may lie in `folder`.

    Rejected where a template or a file of rules fails.
    """
    computed = _figures(loaded, profile)
    issues = check(loaded, computed, profile, others, kind)
    try:
        packet = renderer_of(profile, kind).render(computed, folder)
    except TemplateError as e:
        raise Rejected([*issues, _template_issue(e)]) from e
    except OSError as e:
        raise Rejected([*issues, _unreadable(e)]) from e
    gaps = find_gaps(packet.files.values(), loaded)
    return computed, packet, [*issues, *gaps, *unprinted(loaded, profile), *literals(profile, kind)]


@lru_cache(maxsize=32)
def renderer_of(profile: Profile, kind: Kind) -> PacketRenderer:
    """A 版式's templates for a kind, compiled once per process; anew when one of its files has changed."""
    return PacketRenderer(profile, kind)


def packet_folder(accounts: Accounts, kind: Kind) -> str:
    """The name of the folder of a unit's packet."""
    return folder_name(accounts.unit.name, accounts.year, kind.folder)


def file_names(accounts: Accounts, files: Iterable[PacketFile], *, draft: bool) -> list[str]:
    """The printed names of these files of a unit's packet."""
    unit, before = file_name(accounts.unit.name), DRAFT if draft else ""
    return [before + file_name(f.name.format(单位=unit, 年度=accounts.year), longest=0) for f in files]


def _template_issue(error: TemplateError) -> Issue:
    return Issue(
        "TEMPLATE-001", Level.ERROR, error.cause, "改模板。", place=SourceRef(str(error.file), cell=error.place)
    )


def _unreadable(error: OSError) -> Issue:
    place = SourceRef(str(error.filename)) if error.filename else None
    cause = f"模板文件读不出来（{refusal(error)}）。"
    return Issue("TEMPLATE-002", Level.ERROR, cause, "核对文件是否完好、有没有读的权限。", place=place)
