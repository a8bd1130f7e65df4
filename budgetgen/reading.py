"""A file of any kind → the accounts that it tells: YAML, a 填报表, or the nine tables of a workbook or a document.

What a file is, its content says. A department's accounts come with the figures of its units in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from enum import Enum, auto
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import TYPE_CHECKING

from budgetgen.classification import read_classification
from budgetgen.compute import compute
from budgetgen.figures import Figure
from budgetgen.input import raw, read_tree, to_accounts
from budgetgen.input.scalars import PENDING, Scalar, Scalars
from budgetgen.input.yaml import read_yaml, read_yaml_head
from budgetgen.issues import Findings, Issue, Level, Rejected, Rule, SourceRef, invisible_characters
from budgetgen.layout import Shelf, accounts_model, shelves
from budgetgen.model import Accounts, Loaded
from budgetgen.model.accounts import HEAD_KEYS, spec_at, with_value
from budgetgen.model.declarations import Money, Whole, fields_of, known_keys, part_of
from budgetgen.model.wording import path_words
from budgetgen.money import YUAN_PER_WAN, Amount
from budgetgen.office.files import decode, is_office, is_pdf, read_bytes
from budgetgen.office.package import Damaged
from budgetgen.records import record

if TYPE_CHECKING:
    from budgetgen.consolidate import Read, Reading
    from budgetgen.published import Disclosed
    from budgetgen.published.document import Published

YAML_SUFFIXES, BOOK_SUFFIXES = (".yaml", ".yml"), (".xlsx", ".xlsm")
OLD_BOOKS = (".xls", ".et")
FORM = "填报表"
_SHOWN = 3
_AMOUNT = re.compile(r"-?\d+(?:\.\d{1,2})?")
_ROUNDED = Decimal(50)
"""How far an amount of 万元 with two decimals may be off, in 元."""
_SIGN = re.compile(r"^\s*(?:单位|收支明细)\s*[:：]", re.MULTILINE)
_SIGNS = frozenset({"单位", "收支明细"})
_MATERIAL = re.compile(r"^材料\s*[:：]\s*[\"'“]?([^\"'”#\s]+)", re.MULTILINE)
_TOP_KEY = re.compile(r"^([^\s#\-:：][^:：\n]*?)\s*[:：]", re.MULTILINE)
_WANTED = frozenset({"年度", "单位"})
_SHARED = frozenset({"名词解释"})
"""What a file of a 版式 has at its top as well."""
_BROKEN = frozenset({Rule.SYNTAX.code, Rule.TOO_LARGE.code})


def load(
    path: Path | str,
    *,
    unfilled: bool = False,
    stand_in: bool = False,
    profile: str = "",
    templates: Sequence[Path | str] = (),
    kind: str = "",
) -> Loaded:
    """Read one unit's accounts from a file of any kind. Places name the file without its folder.

    Totals that tables print and their parts contradict come as 数字核定. What still has to be filled in is named in
    `pending`; an amount that says 【待填写】 is an error unless `unfilled`. With `stand_in` what is missing stops nothing
    and is among the issues, as an error. Raises `Rejected` with every fault found
    where one of them is an error; notes and warnings come with the accounts.

    The 版式 whose 补充字段 may be filled in is `profile`, or else the file's own, looked for in `templates` first; so is
    the `kind` of packet.
    """
    findings = Findings()
    data = read_bytes(Path(path), findings)
    findings.stop()
    places = shelves([Path(t) for t in templates], Path(path).parent)
    return loads(
        data, Path(path).name, findings, unfilled=unfilled, stand_in=stand_in, profile=profile, places=places, kind=kind
    )


def loads(
    data: bytes | str,
    file: str,
    findings: Findings | None = None,
    *,
    unfilled: bool = False,
    stand_in: bool = False,
    profile: str = "",
    places: Sequence[Shelf] | None = None,
    kind: str = "",
) -> Loaded:
    """Read a file's content as `load` does a file; `file` is its name in places."""
    findings = findings or Findings()
    if invisible := invisible_characters(file):
        cause = f"文件名里有看不见的字符 {'、'.join(invisible)}，看到的名称可能不是真的。"
        findings.warn(Rule.INVISIBLE, cause, "给文件改个名，重新打一遍。", SourceRef(file))

    def model_of(name: str, material: str) -> type[Accounts]:
        return accounts_model(profile or name, places, kind or material)

    told: raw.Mapping | Disclosed | Loaded | None
    if isinstance(data, bytes) and is_pdf(data, file):
        told = _printed(data, file, findings, places or shelves(), profile)
    elif isinstance(data, bytes) and is_office(data, file):
        told = _office(data, file, findings, model_of, places, profile)
    else:
        told = read_tree(data, file, findings)
    if told is None:
        findings.stop()
        raise AssertionError("a file that tells nothing has an error")
    if isinstance(told, Loaded):
        loaded = told
    elif isinstance(told, raw.Mapping):
        model = model_of(raw.text_under(told, "版式"), raw.text_under(told, "材料"))
        loaded = to_accounts(told, findings, unfilled=unfilled, stand_in=stand_in, model=model)
    else:
        loaded = told.settled(figures_of)
        if isinstance(data, bytes) and loaded.pending:
            loaded = _with_marked(loaded, data)
    if unfilled or not loaded.pending:
        return loaded
    return replace(loaded, issues=(*loaded.issues, still_to_fill(loaded.pending, Level.WARNING, loaded.place(""))))


def _with_marked(loaded: Loaded, data: bytes) -> Loaded:
    """What a published file of ours tells by its marks: the figures that its tables don't show, under their names."""
    from budgetgen.verify.changes import figures_of as marked  # noqa: PLC0415 - few runs read a packet

    try:
        texts = marked(data)
    except (Damaged, ValueError, LookupError):
        return loaded
    accounts, found = loaded.accounts, set()
    for name, path in _asked_names(loaded).items() if texts else ():
        value = _printed_value(accounts, path, texts[name]) if name in texts else None
        if value is not None:
            accounts = with_value(accounts, path, value)
            found.add(path)
    return replace(loaded, accounts=accounts, pending=tuple(p for p in loaded.pending if p not in found))


def _asked_names(loaded: Loaded) -> Mapping[str, str]:
    """Names of figures → the path of an amount or count that is still to be filled in, and that the figure is itself.

    Which it is shows when each of them is another number.
    """
    accounts = loaded.accounts
    asked: dict[str, Decimal] = {}
    for number, path in enumerate(loaded.pending, 1):
        with suppress(KeyError):
            value = _printed_value(accounts, path, str(number))
            if value is not None:
                accounts = with_value(accounts, path, value)
                asked[path] = Decimal(value)
    names = {path: path for path in asked}
    for name, figure in figures_of(accounts).items():
        paths = {leaf.path for leaf in figure.leaves()}
        if len(paths) == 1 and figure.value == asked.get(path := paths.pop()):
            names[name] = path
    return names


def _printed_value(accounts: Accounts, path: str, text: str) -> Amount | int | None:
    """A printed number as the input states it: 万元 with two decimals, or a count."""
    number = text.replace(",", "")
    try:
        shape = spec_at(type(accounts), path).shape
    except KeyError:
        return None
    if isinstance(shape, Whole):
        return int(number) if number.isdecimal() else None
    if not isinstance(shape, Money) or not _AMOUNT.fullmatch(number):
        return None
    return Amount(Decimal(number) * YUAN_PER_WAN, _ROUNDED)


def _office(
    data: bytes,
    file: str,
    findings: Findings,
    model_of: Callable[[str, str], type[Accounts]],
    places: Sequence[Shelf] | None = None,
    profile: str = "",
) -> raw.Mapping | Disclosed | Loaded | None:
    """The tree of a 填报表, or what a packet of tables and texts tells; None with an issue where neither.

    A workbook is a 填报表 by the names of its sheets; a packet is of the kind that its tables are of: those of 决算 by their
    titles, those of others as the templates that make them have them.
    """
    # A YAML file needs none of these.
    from budgetgen.form.form_reader import is_form, read_form  # noqa: PLC0415
    from budgetgen.office.package import BOOK, open_package  # noqa: PLC0415
    from budgetgen.office.workbook_reader import open_book  # noqa: PLC0415

    package = open_package(data, file, findings)
    if package is None:
        return None
    book = open_book(package, findings) if BOOK in package else None
    if book is not None and is_form(book):
        return read_form(book, findings, model_of)
    if findings.failed:
        return None
    from budgetgen.published import read_document, read_sheets_of  # noqa: PLC0415 - few runs read a packet

    other = _other_packet(data, file, places, profile) if places is not None else None
    if other is not None:
        return other
    return read_document(package, findings) if book is None else read_sheets_of(book, findings)


def _printed(data: bytes, file: str, findings: Findings, places: Sequence[Shelf], profile: str) -> Loaded | None:
    """What a PDF of another kind than 决算 tells; None with an issue where it is none. Rejected where it can't be read."""
    from budgetgen.published.document import read_published_bytes  # noqa: PLC0415 - few runs read a packet

    found = _of_other_kind(read_published_bytes(data, file), file, places, profile)
    if found is None:
        cause = "这个 PDF 里没有认得出的预算表或采购意向。"
        findings.error(Rule.FILE_KIND, cause, "公开了的决算 PDF，用 budgetgen audit 审核。", SourceRef(file))
    return found


def _other_packet(data: bytes, file: str, places: Sequence[Shelf], profile: str) -> Loaded | None:
    """What a packet of another kind than 决算 tells; None where it is none."""
    from budgetgen.published.document import read_published_bytes  # noqa: PLC0415 - few runs read a packet

    try:
        published = read_published_bytes(data, file)
    except Rejected:
        return None  # told by who reads the nine tables
    return _of_other_kind(published, file, places, profile)


def _of_other_kind(published: Published, file: str, places: Sequence[Shelf], profile: str) -> Loaded | None:
    from budgetgen.inversion import filled, recognized, whole_wording  # noqa: PLC0415 - few runs read a packet
    from budgetgen.published.document import holds_nine  # noqa: PLC0415

    found = None if holds_nine(published) else recognized(published, places, profile)
    return filled(whole_wording(found, published), file) if found is not None else None


def is_published(path: Path) -> bool:
    """Whether a file is one of Word, or a workbook that is no 填报表: what somebody published. What can't be read is not."""
    return _is_form(path) is False


def is_form_file(path: Path) -> bool:
    """Whether the file at `path` is a 填报表. Nothing raises."""
    return bool(_is_form(path))


def _is_form(path: Path) -> bool | None:
    """Whether an Office file is a 填报表; None where it is no such file, or can't be read."""
    findings = Findings()
    data = read_bytes(path, findings)
    if findings.failed or not is_office(data, path.name):
        return None
    from budgetgen.form.form_reader import is_form  # noqa: PLC0415 - a YAML file needs none of these
    from budgetgen.office.package import BOOK, open_package  # noqa: PLC0415
    from budgetgen.office.workbook_reader import open_book  # noqa: PLC0415

    package = open_package(data, path.name, findings)
    book = open_book(package, findings) if package is not None and BOOK in package else None
    if package is None or findings.failed:
        return None
    return book is not None and is_form(book)


def still_to_fill(pending: Sequence[str], level: Level, place: SourceRef | None) -> Issue:
    """How much is still to be filled in; what is built meanwhile is a draft."""
    more = "等" if len(pending) > _SHOWN else ""
    cause = f"还有 {len(pending)} 处待填写：{'、'.join(map(path_words, pending[:_SHOWN]))}{more}。"
    return Issue(Rule.PENDING.code, level, cause, "逐处填好再生成；用不着的删掉。", place=place)


def figures_of(accounts: Accounts) -> Mapping[str, Figure]:
    """The figures of accounts by name, without a 版式 and without checks."""
    return compute(accounts, read_classification(accounts.year)).figures


def read(
    path: Path | str, above: tuple[Path, ...] = (), *, templates: Sequence[Path | str] = ()
) -> tuple[Loaded, tuple[Path, ...]]:
    """An input's accounts whole, and all files that they come from; a department's units are read, and not checked.

    `above` are the departments of which it is a unit. Raises `Rejected` as `load` does.
    """
    source = Path(path)
    beside = [s.folder for s in shelves(beside=source.parent) if s.folder.parent == source.parent]

    def unit(file: Path, departments: tuple[Path, ...]) -> Reading:
        from budgetgen.consolidate import Reading  # noqa: PLC0415 - few inputs are a department's

        # A unit may be in the 版式 that stands beside its department.
        try:
            loaded, inputs = read(file, departments, templates=(*templates, *beside))
        except Rejected as e:
            return Reading(None, e.issues)
        return Reading(loaded, loaded.issues, files=frozenset(inputs))

    return read_whole(source, above, unit, templates=templates)


def read_whole(
    source: Path,
    above: tuple[Path, ...],
    unit: Read,
    *,
    stand_in: bool = False,
    profile: str = "",
    templates: Sequence[Path | str] = (),
    kind: str = "",
) -> tuple[Loaded, tuple[Path, ...]]:
    """As `read`, where `unit` reads, and may check, each unit of a department; the others as in `load`."""
    loaded, own = load(source, stand_in=stand_in, profile=profile, templates=templates, kind=kind), source.resolve()
    if not loaded.accounts.unit.names_inputs:
        return loaded, (own,)
    from budgetgen.consolidate import consolidate, gather  # noqa: PLC0415 - few inputs are a department's

    parts = gather(loaded, source, above, unit)
    return consolidate(loaded, parts), (own, *sorted({f for part in parts for f in part.files}))


def files_behind(source: Path, accounts: Accounts | None = None) -> tuple[str, ...]:
    """The further files that an input's packet rests on, told from its folder: last year's, a department's units', theirs.

    `accounts` are the input's own where they are at hand. What can't be read is named, and rests on nothing.
    """
    found: dict[str, None] = {}
    _follow(source.parent, source.name, accounts, found, last=False)
    found.pop(source.name, None)
    return tuple(found)


def _follow(folder: Path, name: str, accounts: Accounts | None, found: dict[str, None], *, last: bool) -> None:
    """Add `name` and what it rests on; of a file of `last` year only the units count."""
    found[name] = None
    if accounts is None:
        try:
            accounts = load(folder / name).accounts
        except Rejected:
            return
    units = [accounts.unit.own_file, *(u.file for u in accounts.unit.subordinates or ())]
    others = () if last else (accounts.prior_file, accounts.budget_file, accounts.accounts_file)
    named = [*((file, last) for file in units), *((file, True) for file in others)]
    for file, prior in named:
        below = normpath(PurePosixPath(name).parent / file.strip().replace("\\", "/")) if file.strip() else ""
        if below and below not in found:
            _follow(folder, below, None, found, last=prior)


class Nature(Enum):
    """What a file turned out to be. DOUBTFUL: it can't be told, and a person should look."""

    INPUT = auto()
    DOUBTFUL = auto()
    OTHER = auto()


@record
class Head:
    """What an input says at its head; `name` is blank and `year` 0 where it can't be told, and then no packet can be made.

    `material` is its 材料 as written, `sections` are the sections that it seems to tell, as far as its head shows them.
    """

    nature: Nature
    name: str = ""
    year: int = 0
    material: str = ""
    sections: frozenset[str] = frozenset()


_DOUBTFUL, _OTHER = Head(Nature.DOUBTFUL), Head(Nature.OTHER)


def may_be_input(name: str) -> bool:
    """Whether a file of that name is worth opening: not Excel's own lock files, nothing hidden, no other formats."""
    suffix = Path(name).suffix.lower()
    known = suffix in YAML_SUFFIXES or suffix in BOOK_SUFFIXES or (suffix in OLD_BOOKS and FORM in name)
    return known and not name.startswith((".", "~$"))


def read_head(path: Path) -> Head:
    """The head of the file at `path`, read as `load` reads it. Nothing raises: what can't be read is DOUBTFUL."""
    findings = Findings()
    data = read_bytes(path, findings)
    if findings.failed:
        return _DOUBTFUL
    if is_office(data, path.name):
        from budgetgen.form.form_reader import is_form, read_form_head  # noqa: PLC0415 - a YAML file needs none of these
        from budgetgen.office.package import BOOK, open_package  # noqa: PLC0415
        from budgetgen.office.workbook_reader import open_book  # noqa: PLC0415

        package = open_package(data, path.name, findings)
        if package is None:
            return _DOUBTFUL
        book = open_book(package, findings) if BOOK in package else None
        if book is None:
            return _DOUBTFUL
        if is_form(book):
            return _head(read_form_head(book).entries, _SIGNS)
        return _DOUBTFUL if FORM in path.name else _OTHER
    text = decode(data, path.name, findings)
    if text is None:
        return _DOUBTFUL
    entries = read_yaml_head(text, path.name, known_keys(Accounts), _WANTED)
    signs = _SIGNS if _SIGN.search(text) else frozenset(e.key.strip() for e in entries)
    if signs.isdisjoint(_SIGNS) and _may_be_meant(path, text, signs):
        return _DOUBTFUL
    material = _MATERIAL.search(text)
    told = frozenset(_TOP_KEY.findall(text)) & fields_of(Accounts).keys()
    return replace(_head(entries, signs), material=material[1] if material else "", sections=told - HEAD_KEYS)


def _may_be_meant(path: Path, text: str, keys: frozenset[str]) -> bool:
    """Whether a file that shows no sign of an input may have been meant as one: by its name, by a key, or broken."""
    if path.stem == "unit" or FORM in path.name or not keys.isdisjoint(fields_of(Accounts).keys() - _SHARED):
        return True
    findings = Findings()
    read_yaml(text, path.name, known_keys(Accounts), findings)
    return any(i.rule in _BROKEN for i in findings.issues())


def filled(path: Path) -> int | None:
    """How many values the input at `path` states; None where it can't be told. Nothing raises."""
    findings = Findings()
    data = read_bytes(path, findings)
    if findings.failed:
        return None
    try:
        if is_office(data, path.name):
            tree = _office(data, path.name, findings, lambda _, __: Accounts)
        else:
            tree = read_tree(data, path.name, findings)
    except Rejected:
        return None
    if not isinstance(tree, raw.Mapping):
        return None
    return sum(_values(e.value) for e in tree.entries if e.key != "版式")  # a blank form comes with its 版式


def _values(node: raw.Node) -> int:
    """The values of a tree that say something."""
    if isinstance(node, raw.Scalar):
        return int(bool(node.text.strip()) and not PENDING.fullmatch(node.text.strip()))
    if isinstance(node, raw.Empty):
        return 0
    if isinstance(node, raw.Mapping):
        return sum(_values(entry.value) for entry in node.entries)
    return sum(map(_values, node.items))


def _head(entries: Sequence[raw.Entry], signs: frozenset[str]) -> Head:
    """The head from the top level's entries; `signs` are names that the file has."""
    if signs.isdisjoint(_SIGNS):
        return _OTHER
    top = fields_of(Accounts)
    year = _value(entries, "年度", top["年度"].shape)
    unit = next((e.value for e in entries if e.key.strip() == "单位" and isinstance(e.value, raw.Mapping)), None)
    part = part_of(top["单位"].shape)
    name = _value(unit.entries, "名称", fields_of(part)["名称"].shape) if unit and part else None
    whole = isinstance(year, int) and isinstance(name, str) and name
    material = raw.text_under(raw.Mapping(tuple(entries), SourceRef("")), "材料")
    return Head(Nature.INPUT, str(name), int(str(year)), material) if whole else Head(Nature.INPUT)


def _value(entries: Sequence[raw.Entry], key: str, shape: object) -> object:
    """The value under `key` as binding reads it."""
    typed = next((e.value.text for e in entries if e.key.strip() == key and isinstance(e.value, raw.Scalar)), "")
    assert isinstance(shape, Scalar)
    scalars = Scalars(Findings(), "万元", known_keys(Accounts))
    return scalars.read(shape, typed, key, SourceRef("")) if typed.strip() else None
