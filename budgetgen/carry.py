"""What packets tell each other: this year's budget the 决算, both of them next year's budget (`带入` of a kind).

The same declarations serve twice: to fill in another input, and to hold an input against the files that it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from os.path import relpath
from pathlib import Path, PureWindowsPath
from typing import Any

from budgetgen.check.book import BUDGET, PRIOR, rule_environment
from budgetgen.check.rules import in_wan_yuan
from budgetgen.classification import read_classification
from budgetgen.compute import compute
from budgetgen.figures import Figure, Group, Series
from budgetgen.issues import Issue, Level, Rejected, visible
from budgetgen.layout import Kind, Shelf, read_kind
from budgetgen.layout.kinds import CarriedItem, Carry
from budgetgen.model import Accounts, Amount, Declared, Loaded, child_path, item_path
from budgetgen.model.accounts import value_at
from budgetgen.model.declarations import ListOf, Money, Score, Section, Shape, Whole, fields_of
from budgetgen.model.wording import path_words
from budgetgen.money import printed_wan_yuan
from budgetgen.reading import read
from budgetgen.records import record

DIFFERS = "YEAR-011"
_UNREAD, _OTHER = "YEAR-009", "YEAR-012"
_INPUTS = (".yaml", ".yml", ".xlsx", ".docx")
_FIELDS = {"上年文件": "prior_file", "预算文件": "budget_file", "决算文件": "accounts_file"}
_NAMES = {"上年文件": PRIOR, "预算文件": BUDGET}
"""Fields that name a file → the name under which rules see its figures."""
_SHOWN = 5
"""As many errors of another file are told with this one's."""


@record
class OtherPacket:
    """Another packet of the unit: its file, what kind it is, its accounts and its tree of figures."""

    file: str
    kind: Kind
    accounts: Accounts
    tree: Group


def read_other(path: Path, places: Sequence[Shelf]) -> OtherPacket:
    """The packet in a file of any kind. Rejected where it can't be read."""
    accounts = read(path)[0].accounts
    tree = compute(accounts, read_classification(accounts.year)).tree
    return OtherPacket(path.name, read_kind(accounts.kind, places, accounts.sections_told), accounts, tree)


# --------------------------------------------------------------------------------------------------- filling in


@record
class _Row:
    """One row of a list: what tells it from the others, and what goes into it."""

    same: Mapping[str, object]
    values: Mapping[str, object]


def bring(
    accounts: Accounts, carry: Carry, tree: Group, pending: Sequence[str] = ()
) -> tuple[Accounts, tuple[str, ...]]:
    """The accounts with all that `carry` takes out of another packet's `tree`, and what is then still to be filled in.

    A list that has rows already gets no new ones. `pending` is what was to be filled in before.
    """
    asked = list(pending)
    full = {item.target for item in carry.items if item.each and value_at(accounts, item.target.split("."))}
    for item in carry.items:
        keys = item.target.split(".") if item.target else []
        if item.each:
            accounts = _with_rows(accounts, keys, item, tree, asked, grows=item.target not in full)
            continue
        values = {key: found for key, found in _taken(item, tree, {}).items() if found is not None}
        for key, found in values.items():
            accounts = _with_value(accounts, [*keys, *key.split(".")], found)
        if values and keys:
            filled = {child_path(item.target, key) for key in values}
            asked = [path for path in asked if path not in filled]
        if keys and any(isinstance(found, Figure) for found in values.values()):
            asked += [p for p in _lacking(accounts, keys) if p not in asked]
    return accounts, tuple(asked)


def naming(accounts: Accounts, carry: Carry, file: Path, target: Path) -> Accounts:
    """The accounts that name `file`, seen from where they are written, as what they are to be held against."""
    if carry.field not in _FIELDS or file.suffix.lower() not in _INPUTS:
        return accounts
    try:
        named = Path(relpath(file.resolve(), target.resolve().parent)).as_posix()
    except ValueError:  # on another drive
        return accounts
    return accounts.replaced(**{_FIELDS[carry.field]: named})


def _taken(item: CarriedItem, tree: Group, names: Mapping[str, object]) -> dict[str, object]:
    return {key: _evaluated(expression, tree, names) for key, expression in item.takes}


def _evaluated(expression: str, tree: Group, names: Mapping[str, object]) -> Any:
    found = rule_environment().compile_expression(expression, undefined_to_none=False)
    return found({**{name: tree[name] for name in tree.names()}, **names})


def _rows(item: CarriedItem, tree: Group) -> Iterator[_Row]:
    name, _, source = item.each.partition(" in ")
    found = _evaluated(source, tree, {})
    for row in found if isinstance(found, (list, Series)) else ():
        names = {name.strip(): row}
        same = {key: _evaluated(expression, tree, names) for key, expression in item.same}
        yield _Row(same, _taken(item, tree, names))


def _with_rows(
    accounts: Accounts, keys: Sequence[str], item: CarriedItem, tree: Group, asked: list[str], *, grows: bool
) -> Accounts:
    """The accounts with the values of each row in the row of a list that is the same, or in a new one where it `grows`."""
    model = _list_model(type(accounts), keys)
    rows: list[Any] = list(value_at(accounts, keys) or ())  # type: ignore[call-overload]
    for found in _rows(item, tree):
        at = next((n for n, row in enumerate(rows) if _is_same(row, found.same)), None)
        if at is None and not grows:
            continue
        values = {**({} if at is not None else found.same), **found.values}
        row = rows[at] if at is not None else None
        for key, value in values.items():
            row = _put(model, row, key.split("."), value)
        if row is None:
            continue
        rows[len(rows) if at is None else at : at if at is None else at + 1] = [row]
        path = item_path(".".join(keys), len(rows) - 1 if at is None else at, row)
        given = {child_path(path, key) for key, value in values.items() if value is not None}
        asked[:] = [p for p in asked if p not in given]
        asked += [child_path(path, key) for key in item.asked if at is None]
    return _with_value(accounts, list(keys), rows) if rows else accounts


def _list_model(model: type[Declared], keys: Sequence[str]) -> type[Declared]:
    for key in keys:
        part = fields_of(model)[key].part
        assert part is not None, key
        model = part
    return model


def _is_same(row: Declared, same: Mapping[str, object]) -> bool:
    specs = fields_of(type(row))
    return all(str(getattr(row, specs[key].name)) == str(value) for key, value in same.items())


def _with_value(accounts: Accounts, keys: Sequence[str], value: object) -> Accounts:
    found = _put(type(accounts), accounts, keys, value)
    assert isinstance(found, Accounts)
    return found


def _put(model: type[Declared], part: Declared | None, keys: Sequence[str], value: object) -> Declared | None:
    """`part`, or a new one of `model`, with `value` under `keys`; as it was where there is nothing to put."""
    spec = fields_of(model)[keys[0]]
    own = getattr(part, spec.name) if part is not None else None
    if len(keys) > 1:
        assert spec.part is not None, keys[0]
        new = _put(spec.part, own, keys[1:], value)
    else:
        new = _made(spec.shape, value)
    if new is None:
        return part
    return part.replaced(**{spec.name: new}) if part is not None else _new(model, {spec.name: new})


def _new(model: type[Declared], values: Mapping[str, object]) -> Declared:
    """A part with these values; what it must have besides is held by stand-ins."""
    from budgetgen.input.roll import stand_in  # noqa: PLC0415 - checks of a single packet carry nothing

    needed = {
        spec.name: _new(spec.part, {}) if isinstance(spec.shape, Section) and spec.part else stand_in(spec.shape)
        for spec in fields_of(model).values()
        if spec.required and spec.name not in values
    }
    return model(**needed, **values)


def _made(shape: Shape, value: object) -> Any:
    """A value of the other packet as this one's field holds it; None where there is none."""
    match shape, value:
        case Money(), Figure():
            return Amount(value.value, value.margin)
        case Whole(), Figure():
            return int(value.value)
        case Score(), Figure():
            return value.value
        case Section(model), Group():
            inner = {key: value.lookup(key) for key in fields_of(model) if key in value}
            told = {
                fields_of(model)[k].name: made
                for k, v in inner.items()
                if (made := _made(fields_of(model)[k].shape, v)) is not None
            }
            return _new(model, told) if told else None
        case ListOf(item), list():
            if value and isinstance(value[0], Declared):
                return value
            items = [made for one in value if (made := _made(item, one)) is not None]
            return items or None
        case _, list() if value and all(isinstance(line, str) for line in value):
            return list(value)
        case _, str() if value:
            return str(value)
    return None


def _lacking(accounts: Accounts, keys: Sequence[str]) -> Iterator[str]:
    """The amounts and counts that stand directly in a section and are not given."""
    part = value_at(accounts, keys)
    if isinstance(part, Declared):
        for key, spec in fields_of(type(part)).items():
            if isinstance(spec.shape, (Money, Whole)) and getattr(part, spec.name) is None:
                yield ".".join((*keys, key))


# ----------------------------------------------------------------------------------------- holding against each other


@record
class Others:
    """What an input is held against: the trees of other packets by the names that rules have for them, and what differs."""

    trees: Mapping[str, Group]
    issues: tuple[Issue, ...] = ()


def read_others(loaded: Loaded, source: Path, kind: Kind, places: Sequence[Shelf], prior: Path | str | None) -> Others:
    """The files that an input names (`prior` in place of its 上年文件), read and held against it; nothing raises."""
    trees: dict[str, Group] = {}
    issues: list[Issue] = []
    for field, name in _FIELDS.items():
        given = prior if field == "上年文件" else None
        named = getattr(loaded.accounts, name)
        if not given and not named:
            continue
        if not given and (PureWindowsPath(named).anchor or Path(named).suffix.lower() not in _INPUTS):
            issues.append(_unread(field, f"“{named}”不能用作{field}。", "写相对本文件的路径，如 ../2023/unit.yaml。"))
            continue
        file = Path(given) if given else source.parent / named
        try:
            other = read_other(file, places)
        except Rejected as e:
            issues.append(_errors_of(field, file.name, [i for i in e.issues if i.stops] or list(e.issues)))
            continue
        if field in _NAMES:
            trees[_NAMES[field]] = other.tree
        issues += held(loaded, kind, other, field)
    return Others(trees, tuple(issues))


def _unread(field: str, cause: str, mend: str) -> Issue:
    return Issue(_UNREAD, Level.ERROR, cause, mend, field)


def _errors_of(field: str, file: str, errors: Sequence[Issue]) -> Issue:
    """What is wrong in another file, in one issue of this one's."""
    told = [f"{i.place or ''} {i.path and path_words(i.path) + '：'}{i.cause}".strip() for i in errors[:_SHOWN]]
    more = f" 等 {len(errors)} 处。" if len(errors) > len(told) else ""
    return _unread(
        field,
        f"{field}读不出来，没有用它核对：{' '.join(told)}{more}",
        f"先改好{field}（budgetgen check {visible(file)} 列出全部），或不用它。",
    )


def held(loaded: Loaded, kind: Kind, other: OtherPacket, field: str) -> Iterator[Issue]:
    """What another packet says otherwise than the input."""
    accounts = loaded.accounts
    carry = kind.carry(other.kind, accounts.year - other.accounts.year)
    if carry is None or field not in (carry.field, "上年文件"):
        if field != "上年文件":
            cause = f"{field}是{other.accounts.unit.name} {other.accounts.year} 年的{other.kind.title}，用不上。"
            yield Issue(_OTHER, Level.WARNING, cause, "换成对的那份，或不写。", field, loaded.place(field))
        return
    if other.accounts.unit.name != accounts.unit.name and field != "上年文件":
        cause = f"{field}是{other.accounts.unit.name}的。"
        yield Issue(_OTHER, Level.WARNING, cause, "换成本单位的；单位改了名的可以豁免。", field, loaded.place(field))
    for item in carry.items:
        if item.each:
            yield from _rows_held(loaded, item, other)
            continue
        for key, found in _taken(item, other.tree, {}).items():
            path = child_path(item.target, key)
            stated = value_at(accounts, path.split("."))
            if isinstance(stated, Amount) and isinstance(found, Figure):
                yield from _compared(loaded, path, stated, found, other)


def _rows_held(loaded: Loaded, item: CarriedItem, other: OtherPacket) -> Iterator[Issue]:
    """The rows of a list against the other packet's; a row that only one of them has is told where the other has money in it."""
    rows: list[Declared] = list(value_at(loaded.accounts, item.target.split(".")) or ())  # type: ignore[call-overload]
    left = dict(enumerate(rows))
    fixed = {key: expression.strip("\"'") for key, expression in item.same if expression[:1] in "\"'"}
    for found in _rows(item, other.tree):
        amounts = {key: value for key, value in found.values.items() if isinstance(value, Figure)}
        at = next((n for n in left if _is_same(left[n], found.same)), None)
        words = "·".join(str(value) for value in found.same.values())
        if at is None:
            told = next((v for v in amounts.values() if v), None)
            if told is not None and item.asked:
                cause = f"{_whose(other)}有“{words}”{in_wan_yuan(told.value)}，这里没有这一行。"
                yield _differs(loaded, item.target, cause)
            continue
        row = left.pop(at)
        for key, figure in amounts.items():
            path = child_path(item_path(item.target, at, row), key)
            stated = value_at(row, key.split("."))
            if isinstance(stated, Amount):
                yield from _compared(loaded, path, stated, figure, other)
    for at, row in left.items():
        if not _is_same(row, fixed):
            continue
        for key, _ in item.takes:
            stated = value_at(row, key.split("."))
            if isinstance(stated, Amount) and stated:
                path = child_path(item_path(item.target, at, row), key)
                yield _differs(loaded, path, f"填的是 {in_wan_yuan(stated)}，{_whose(other)}没有这一行。")


def _whose(other: OtherPacket) -> str:
    return f"{other.accounts.year} 年的{other.kind.title}"


def _compared(loaded: Loaded, path: str, stated: Amount, figure: Figure, other: OtherPacket) -> Iterator[Issue]:
    if printed_wan_yuan(stated) != figure.printed and abs(stated - figure.value) > stated.margin + figure.margin:
        yield _differs(loaded, path, f"填的是 {in_wan_yuan(stated)}，{_whose(other)}是 {in_wan_yuan(figure.value)}。")


def _differs(loaded: Loaded, path: str, cause: str) -> Issue:
    return Issue(
        DIFFERS, Level.WARNING, cause, "核对两份材料；确有调整的，可以豁免。", path, loaded.place(path), (path,)
    )
