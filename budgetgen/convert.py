"""Forms to fill in, and the same input in another form: what `budgetgen new` and `budgetgen convert` do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import localtime

from budgetgen.carry import bring, naming, read_other
from budgetgen.figures import CATALOGUE, YUAN
from budgetgen.form.writer import Asked, write_form_book
from budgetgen.input import roll
from budgetgen.input.roll import Rolled
from budgetgen.input.yaml_writer import SCHEMA, blank_yaml, write_yaml
from budgetgen.issues import Issue, Level, Rejected, Rule, SourceRef
from budgetgen.layout import Kind, Shelf, accounts_model, profile_names, read_kind, read_profile, shelves
from budgetgen.model import Accounts, Loaded
from budgetgen.model.accounts import narrowed
from budgetgen.model.schema import schema_text
from budgetgen.office.files import write_files
from budgetgen.packet.unprinted import asks_for
from budgetgen.pipeline import examine
from budgetgen.reading import figures_of, filled, load, read, read_head, still_to_fill
from budgetgen.resources import OWN_FOLDER

_ADDED_UP = (
    "收入", "支出", "年初结转", "年末结转", "收支总计", "支出总计", "财政拨款", "财政拨款收支总计", "一般公共预算", "政府性基金",
    "国有资本经营", "经济分类", "人员经费", "公用经费", "三公经费", "政府采购",
)  # fmt: skip
"""The heads of their names."""
_APART = re.compile(r"\[\*\]|较上年|与预算比|\.额$")
FORM, YAML = "填报表.xlsx", "unit.yaml"
_ACTUAL, _LAST = ".决算", ".上年决算"
_YAML_ENDINGS = (".yaml", ".yml")
THERE = "OUTPUT-008"
"""A file of that name is there already."""


def new(
    folder: Path,
    *,
    profile: str = "",
    kind: str = "",
    templates: Sequence[Path] = (),
    yaml: bool = False,
    overwrite: bool = False,
) -> list[Path]:
    """Write an empty 填报表.xlsx to `folder`, or with `yaml` a commented unit.yaml and its schema, for packets of `kind`.

    版式 and kinds are looked for in the folders `templates`, then in the `templates` in `folder` or else in the present one.
    Rejected where there is no such 版式, where the system refuses, or where another file of that name is there already
    and is not to be `overwrite`-n.
    """
    places = shelves(templates, folder if (folder / OWN_FOLDER).is_dir() else Path())
    made = read_kind(kind, places)
    chosen = read_profile(profile, places, made)
    model = narrowed(chosen.model, made.sections)
    title = "" if made.default else made.title
    if yaml:
        files = {YAML: blank_yaml(chosen.name, model, title).encode(), SCHEMA: schema_text(model).encode()}
    else:
        files = {FORM: _form(Asked(chosen.name, title, model), made.sections, places)}
    return _write(folder, files, overwrite=overwrite)


def convert(
    source: Path,
    target: Path,
    *,
    next_year: bool = False,
    kind: str = "",
    others: Sequence[Path] = (),
    overwrite: bool = False,
) -> tuple[Path, tuple[Issue, ...]]:
    """Write what `source` tells as `target`: a 填报表 by the ending .xlsx, YAML by .yaml.

    `source` is YAML, a 填报表, or a workbook or document with the nine tables. With `next_year` the input of the year
    after is written: every amount of `source` must then be filled in. With another `kind`, the input of such a packet is
    written, with what `source` tells of it; `others` are further packets of the unit that tell of it. What `source` cannot
    tell is written as 【待填写】. Gives the file and what was noticed. Rejected where a source is faulty, or `target` cannot
    be written or is another file already, not to be `overwrite`-n.
    """
    ending = target.suffix.lower()
    if ending != ".xlsx" and ending not in _YAML_ENDINGS:
        raise Rejected([_refusal(f"不会写 {target.name} 这种文件。", "文件名以 .xlsx 或 .yaml 结尾。", target)])
    if any(target.exists() and file.exists() and target.samefile(file) for file in (source, *others)):
        raise Rejected([_refusal("要写的就是读的文件。", "换一个文件名。", target)])
    places = shelves(beside=source.parent)
    loaded = load(source, unfilled=not next_year)
    rolled = _rolled(loaded, source) if next_year else Rolled(loaded.accounts, {}, loaded.pending)
    if kind or others or next_year:
        rolled = _carried(rolled, loaded, [source, *others], target, kind, places, next_year=next_year)
    accounts, pending, notes = rolled.accounts, rolled.pending, rolled.notes
    if ending in _YAML_ENDINGS:
        data = write_yaml(accounts, pending=pending, notes=notes).encode()
    else:
        sections = _sections(accounts, places)
        asked = Asked(accounts.profile, accounts.kind, narrowed(type(accounts), sections))
        data = _form(asked, sections, places, rolled)
    written = _write(target.parent, {target.name: data}, overwrite=overwrite)[0]
    told = [still_to_fill(pending, Level.NOTE, SourceRef(target.name))] if pending else []
    return written, (*loaded.issues, *told)


def _carried(
    rolled: Rolled,
    loaded: Loaded,
    files: Sequence[Path],
    target: Path,
    kind: str,
    places: Sequence[Shelf],
    *,
    next_year: bool,
) -> Rolled:
    """What is to be written with what all packets in `files` (the source first) tell of it, in the kind that is asked for."""
    own = read_kind(loaded.accounts.kind, places, loaded.accounts.sections_told)
    wanted = read_kind(kind, places) if kind else own
    accounts, pending = rolled.accounts, rolled.pending
    if wanted != own:
        accounts, pending = _begun(rolled.accounts, wanted, places), ()
    elif len(files) == 1 and not wanted.carry(own, int(next_year)):
        return rolled
    for file in files:
        other = read_other(file, places)
        carry = wanted.carry(other.kind, accounts.year - other.accounts.year)
        if carry is None:
            if file != files[0] or wanted != own:
                cause = f"{other.accounts.year} 年的{other.kind.title}没有能带到 {accounts.year} 年{wanted.title}的。"
                raise Rejected([_refusal(cause, "核对年度和材料；要做下一年的，加 --next-year。", file)])
            continue
        accounts, pending = bring(accounts, carry, other.tree, pending)
        accounts = naming(accounts, carry, file, target)
    return Rolled(accounts, rolled.notes if wanted == own else {}, pending)


def _begun(accounts: Accounts, kind: Kind, places: Sequence[Shelf]) -> Accounts:
    """An input of another kind of the same unit and year, with nothing told yet; in its 版式 where that makes this kind."""
    profile = accounts.profile
    try:
        profile = profile if profile and read_profile(profile, places).has(kind) else ""
    except Rejected:
        profile = ""
    model = accounts_model(profile, places, kind.title)
    return model(
        profile=profile,
        kind="" if kind.default else kind.title,
        year=accounts.year,
        money_unit=accounts.money_unit,
        unit=accounts.unit,
    )


def _form(asked: Asked, sections: frozenset[str], places: Sequence[Shelf], filled_with: Rolled | None = None) -> bytes:
    """A form that shows what its 版式 and kind need and use: empty, or `filled_with` an input.

    `sections` are those that it shows, none where it shows all. What a blank form of the kind asks for is what is needed.
    """
    uses = (lambda _: True) if sections else _used(asked.profile, places)
    asked = replace(asked, asks_for=uses, figures=_fixable())
    profiles = profile_names(places)
    asked = replace(asked, needed=_needed(write_form_book(None, profiles, asked), places))
    if filled_with is None:
        return write_form_book(None, profiles, asked)
    return write_form_book(filled_with.accounts, profiles, asked, pending=filled_with.pending, notes=filled_with.notes)


def _needed(blank: bytes, places: Sequence[Shelf]) -> frozenset[str]:
    """The paths of what the check of a `blank` form asks to be filled in; none where there is no such 版式 or kind."""
    with TemporaryDirectory() as folder:
        form = Path(folder) / FORM
        form.write_bytes(blank)
        seen = examine(form, templates=[shelf.folder for shelf in places])
    return frozenset(item.path for item in seen.to_fill)


def _fixable() -> list[str]:
    """The figures that 数字核定 is for: those of the tables that are added up."""
    return [
        entry.name
        for entry in CATALOGUE
        if entry.unit == YUAN and entry.name.partition(".")[0] in _ADDED_UP and not _APART.search(entry.name)
    ]


def _sections(accounts: Accounts, places: Sequence[Shelf]) -> frozenset[str]:
    """The sections that the form of its kind shows; none (all are shown) where it tells more, or there is no such kind."""
    try:
        shown = read_kind(accounts.kind, places).sections if accounts.kind else frozenset()
    except Rejected:
        return frozenset()
    return shown if accounts.sections_told <= shown else frozenset()


def _used(profile: str, places: Sequence[Shelf]) -> Callable[[str], bool]:
    """What a 版式 has a use for; everything where there is no such 版式."""
    try:
        return partial(asks_for, read_profile(profile, places))
    except Rejected:
        return lambda _: True


def _rolled(loaded: Loaded, source: Path) -> Rolled:
    """Next year's input; what could not be told this year can't be told for the next one either.

    A department's figures are those of its units; its input stays its own.
    """
    whole = read(source)[0] if loaded.accounts.unit.names_inputs else loaded
    rolled = roll.next_year(loaded.accounts, figures_of(whole.accounts))
    still = [p for p in loaded.pending if not p.startswith("上年.") and not p.endswith(_LAST)]
    before = [p.removesuffix(_ACTUAL) + _LAST for p in loaded.pending if p.endswith(_ACTUAL)]
    return Rolled(rolled.accounts, rolled.notes, tuple(dict.fromkeys((*still, *before, *rolled.pending))))


def _write(folder: Path, files: Mapping[str, bytes], *, overwrite: bool) -> list[Path]:
    """Write files; over what is there already, and would not stay the same, only to `overwrite` it."""
    taken = [] if overwrite else [n for n, data in files.items() if _differs(folder / n, data)]
    if taken:
        cause = f"已有 {taken[0]}（{_said_of(folder / taken[0])}），没有改动它。"
        mend = "要覆盖它，加 --overwrite；要留下它，换一个文件夹或文件名。"
        raise Rejected([Issue(THERE, Level.ERROR, cause, mend, place=SourceRef(str(folder / taken[0])))])
    return write_files(folder, files, lambda _name, _data: ())


def _differs(path: Path, data: bytes) -> bool:
    """Whether something other than `data` stands at `path`."""
    try:
        return path.exists() and not (path.is_file() and path.read_bytes() == data)
    except OSError:
        return True  # what cannot be read could be anything


def _said_of(path: Path) -> str:
    """Whose input a file is, how much of it is filled in, and when it was last changed."""
    if path.is_dir():
        return "是一个文件夹"
    head, count = read_head(path), filled(path)
    changed = localtime(path.stat().st_mtime)
    whose = f"{head.name} {head.year} 年" if head.name else ""
    unit = "项" if path.suffix.lower() in _YAML_ENDINGS else "格"
    much = "认不出内容" if count is None else f"填了 {count} {unit}" if count else "还没有填"
    return "，".join(filter(None, (whose, much, f"{changed.tm_mon}月{changed.tm_mday}日改过")))


def _refusal(cause: str, mend: str, path: Path) -> Issue:
    return Issue(Rule.FILE_KIND.code, Level.ERROR, cause, mend, place=SourceRef(str(path)))
