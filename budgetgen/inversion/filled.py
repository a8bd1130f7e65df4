"""What a packet states → the input that it was made from, as far as it tells; each amount is put where the sample has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from budgetgen.classification import CLASS_DIGITS, LATEST, is_functional, read_classification
from budgetgen.compute import compute
from budgetgen.figures import Figure, figure_words
from budgetgen.input import to_accounts
from budgetgen.input.yaml import read_yaml
from budgetgen.inversion.derived import CHANGE, before, derived, in_wan_yuan
from budgetgen.inversion.patterns import Field
from budgetgen.inversion.plain import plain
from budgetgen.inversion.told import SaidText, Stated, Told
from budgetgen.issues import Findings, Issue, Level, Rule, SourceRef
from budgetgen.model import Accounts, Loaded
from budgetgen.model.declarations import Choice, Declared, FieldSpec, ListOf, Section, fields_of, known_keys
from budgetgen.model.extra_fields import WORDING
from budgetgen.money import plain_text

TO_FILL = "【待填写】"
_SHOWN = 3
_TERMS = "名词解释"
_Key = tuple[tuple[str, str], ...] | int


@dataclass
class _Input:
    """An input as it is put together: fields by path, items of lists by what tells them apart."""

    told: Told
    fields: dict[str, Any] = field(default_factory=dict)
    lists: dict[str, dict[_Key, dict[str, Any]]] = field(default_factory=dict)
    sources: dict[str, SourceRef] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    """What was put in one place of several that are possible."""

    def item(self, name: str, key: _Key) -> dict[str, Any]:
        """An item of a list, a new one where it was not there."""
        items = self.lists.setdefault(name, {})
        if key not in items:
            items[key] = dict(key) if isinstance(key, tuple) else {}
        return items[key]

    def of_code(self, name: str, code: str) -> list[dict[str, Any]]:
        """The items of a list that have a code."""
        return [item for item in self.lists.get(name, {}).values() if code and code in item.values()]

    def spoken_of(self, name: str, code: str) -> dict[str, Any] | None:
        """The first item of a list that has a code and is such as sentences speak of: of one of the funds that these list."""
        keys = [dict(same) for same in self.told.learned.spoken.get(name, ())]
        for item in self.of_code(name, code):
            if any(all(item.get(k) == (code if v == "{码}" else v) for k, v in key.items()) for key in keys):
                return item
        return None


def filled(told: Told, file: str) -> Loaded:
    """The accounts that a packet tells; what it does not say is pending. Rejected where they can't be read."""
    made = _Input(told)
    for stated in told.stated:
        _put(made, stated)
    _residuals(made)
    for said in told.texts:
        _say(made, said)
    _shares_of_sums(made)
    _count_words(made)
    _names(made)
    _terms(made)
    if made.assumed:
        cause = f"材料里分不出、暂记在一处的 {len(made.assumed)} 处：{'；'.join(made.assumed)}。"
        made.issues.append(Issue(Rule.TABLE_ASSUMED.code, Level.NOTE, cause, Rule.TABLE_ASSUMED.mend))
    for place, words in told.unread:
        cause = f"这一格写的是“{words}”，不是金额，没有读。"
        made.issues.append(Issue(Rule.TABLE_CELL.code, Level.WARNING, cause, "核对原件，自己填上。", place=place))
    loaded = _bound(made, file)
    again = _repaired(made, loaded)
    return _told_otherwise(made, derived(made.told, _bound(made, file) if again else loaded))


def _put(made: _Input, stated: Stated) -> None:
    """An amount where the sample has it, if that is one place."""
    found = _fields(made, stated)
    paths = {one.path for one in found}
    if len(paths) != 1 or (len(found) > 1 and "[#]" not in stated.general):
        return
    one = min(found, key=lambda f: f.same)
    value: Decimal | None = stated.value
    if stated.general.endswith(CHANGE):
        value = before(made.told, stated)
    if value is None:
        return
    name, _, rest = one.path.partition("[#].")
    if not rest:
        if one.path not in made.fields:
            made.fields[one.path] = value
            made.sources[one.path] = stated.place
    else:
        _put_in_item(made, stated, one, name, rest, value)


def _put_in_item(made: _Input, stated: Stated, one: Field, name: str, rest: str, value: Decimal) -> None:
    """An amount in an item of a list: that of its code, or of its number."""
    if "[#]" not in stated.general:
        if value or not stated.text:
            made.item(name, _same(one, stated.code)).setdefault(rest, value)
    elif stated.code:
        if (item := made.spoken_of(name, stated.code)) is not None:
            item.setdefault(rest, value)
    else:
        number = stated.name.partition("[")[2].partition("]")[0]
        if number.isdigit():
            made.item(name, int(number)).setdefault(rest, value)


def _fields(made: _Input, stated: Stated) -> list[Field]:
    """The fields that a statement may be of: those of rows with such a code."""
    found = made.told.learned.fields.get(stated.general, set())
    listed = "[#]" in stated.general
    return sorted((f for f in found if listed or not f.digits or f.digits == len(stated.code)), key=lambda f: f.same)


def _same(one: Field, code: str) -> tuple[tuple[str, str], ...]:
    return tuple((key, code if value == "{码}" else value) for key, value in one.same)


def _residuals(made: _Input) -> None:
    """What a table of all funds has beyond those that have tables of their own is of the one that has none."""
    direct = {(f.path, f.same) for found in made.told.learned.fields.values() if len(found) == 1 for f in found}
    for stated in made.told.stated:
        found = _fields(made, stated)
        if len(found) < 2 or len({f.path for f in found}) != 1 or not stated.code or "[#]" in stated.general:  # noqa: PLR2004 - a choice
            continue
        left = [f for f in found if (f.path, f.same) not in direct]
        if len(left) != 1:
            continue
        name, _, rest = left[0].path.partition("[#].")
        known = sum((i.get(rest, Decimal(0)) for i in made.of_code(name, stated.code)), Decimal(0))
        key = _same(left[0], stated.code)
        own = made.lists.get(name, {}).get(key, {}).get(rest, Decimal(0))
        if stated.value - known + own > 0 and not own and stated.value != known:
            made.item(name, key)[rest] = stated.value - known


def _say(made: _Input, said: SaidText) -> None:
    """A text in its field; a list's items one after another."""
    name, _, rest = said.path.partition("[#]")
    rest = rest.removeprefix(".")
    if "[#]" not in said.path:
        made.fields.setdefault(said.path, said.text)
    elif not rest:
        texts = made.fields.setdefault(name, [])
        texts += [] if said.text in texts else [said.text]  # printed twice by mistake
    elif said.code:
        if (item := made.spoken_of(name, said.code)) is not None:
            item.setdefault(rest, said.text)
    elif rest.endswith("[#]"):
        made.item(name, said.item).setdefault(rest.removesuffix("[#]"), []).append(said.text)
    else:
        made.item(name, said.item).setdefault(rest, said.text)


def _shares_of_sums(made: _Input) -> None:
    """An amount that is told of a 类 alone goes to that of its items which has most beside it."""
    direct = {f.path for found in made.told.learned.fields.values() if len({f.path for f in found}) == 1 for f in found}
    for stated in made.told.stated:
        paths = made.told.learned.sums.get(stated.general, set())
        if len(paths) != 1 or paths & direct or not stated.value or len(stated.code) != CLASS_DIGITS:
            continue
        name, _, rest = next(iter(paths)).partition("[#].")
        parent = rest.rpartition(".")[0]
        items = [
            i
            for k, i in made.lists.get(name, {}).items()
            if isinstance(k, tuple) and any(v.startswith(stated.code) for _, v in k)
        ]
        if any(rest in i for i in items) or not items:
            continue

        others = (row for n, rows in made.lists.items() if n != name for row in rows.values())
        elsewhere = frozenset(v for row in others for v in row.values() if isinstance(v, Decimal))

        def beside(
            item: Mapping[str, Any],
            parent: str = parent,
            told: frozenset[Decimal] = elsewhere,
            least: Decimal = stated.value,
        ) -> tuple[bool, Decimal]:
            basic = (v for p, v in item.items() if p.startswith(f"{parent}.") and p.endswith("基本"))
            value = max(basic, default=Decimal(0))
            # What another list tells as one amount (基本养老保险缴费) is all of one kind.
            return value >= least and value not in told, value

        taking = max(items, key=beside)
        taking[rest] = stated.value
        if len(items) > 1:
            own = next(str(v) for v in taking.values() if isinstance(v, str) and v.startswith(stated.code))
            made.assumed.append(f"{stated.code} 类的{rest.rpartition('.')[2]} {in_wan_yuan(stated.value)}记在 {own}")


def _count_words(made: _Input) -> None:
    """Words that a list's items choose, where only their counts are told: in the order in which these stand."""
    for key, spec in fields_of(made.told.learned.model).items():
        items = [made.lists[key][n] for n in sorted(made.lists.get(key, {}), key=str)] if spec.part else []
        if not items or any(isinstance(n, tuple) for n in made.lists[key]):
            continue
        for inner, choice in fields_of(spec.part).items() if spec.part else ():
            if isinstance(choice.shape, Choice):
                counts = {w: _count(made, w) for w in choice.shape.words}
                words = [w for w, n in counts.items() for _ in range(n)]
                for item, word in zip(items, words, strict=False):
                    item.setdefault(inner, word)
                if len(set(words)) > 1:
                    made.assumed.append(f"{key}的{inner}只知道各几家，按次序填")


def _count(made: _Input, word: str) -> int:
    return next((int(s.value) for s in made.told.stated if s.kind == "#" and s.name.endswith(f".{word}")), 0)


def _names(made: _Input) -> None:
    """Names that the code tables do not know, or know otherwise; told where they are the names of other codes."""
    name, code_key, name_key = made.told.learned.naming
    known = read_classification(min(made.told.year, LATEST))
    wrong: list[str] = []
    for code, label in made.told.names.items() if name else ():
        table = known.functional if is_functional(code) else known.economic
        official = table[code].name if code in table else ""
        if _same_name(label, official):
            continue
        made.item(name, ((code_key, code),))[name_key] = label
        beside = next((c for c, a in table.items() if c[:-2] == code[:-2] and _same_name(label, a.name)), "")
        if beside:
            wrong.append(f"{code} 写作“{label}”，科目表里那是 {beside}")
    if wrong:
        more = "等" if len(wrong) > _SHOWN else ""
        cause = f"编码和名称对不上的 {len(wrong)} 处：{'；'.join(wrong[:_SHOWN])}{more}。"
        made.issues.append(Issue(Rule.TABLE_CELL.code, Level.WARNING, cause, "核对编码；照公开的写进来了。"))


def _terms(made: _Input) -> None:
    """名词解释 that are those of the 版式 are not the unit's own."""
    own = [(t.get("名词"), t.get("解释")) for t in made.lists.get(_TERMS, {}).values()]
    fixed = [(t.name, t.text) for t in made.told.learned.profile.glossary(made.told.year)]
    if [tuple(plain(str(w)).text for w in t) for t in own] == [tuple(plain(w).text for w in t) for t in fixed]:
        del made.lists[_TERMS]


def _same_name(one: str, other: str) -> bool:
    full = str.maketrans("()", "（）")
    return one.translate(full) == other.translate(full)


# ------------------------------------------------------------------------------------------------------------ binding


def _bound(made: _Input, file: str) -> Loaded:
    told = made.told
    data: dict[str, Any] = {
        "材料": told.learned.kind.title,
        "版式": told.learned.profile.name,
        "年度": told.year,
        "金额单位": "元",
    }
    data["单位"] = {}
    for path, value in {"单位.名称": told.unit, "单位.类型": told.whose, **made.fields}.items():
        if value != "":
            _set(data, path.split("."), value)
    for name, word in told.wording.items():
        _set(data, [WORDING, *name.split(".")], word)
    for name, items in made.lists.items():
        rows: list[Any] = []
        for key in sorted(items, key=lambda k: (str(k), 0) if isinstance(k, tuple) else ("", k)):
            row: dict[str, Any] = {}
            for path, value in items[key].items():
                _set(row, path.split("."), value)
            rows.append(row)
        _set(data, name.split("."), rows)
    pending: list[str] = []
    model = told.learned.model
    _complete(data, model, "", pending, made)
    findings = Findings()
    tree = read_yaml(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), file, known_keys(Accounts), findings)
    assert tree is not None
    loaded = to_accounts(tree, findings, unfilled=True, stand_in=True, model=model)
    sources = {"": SourceRef(file), **made.sources}
    kept = [i for i in loaded.issues if i.rule not in (Rule.MISSING.code, Rule.PENDING.code)]
    return Loaded(
        loaded.accounts, sources, (*kept, *made.issues), pending=tuple(dict.fromkeys((*loaded.pending, *pending)))
    )


def _set(data: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        data = data.setdefault(key, {})
    data[keys[-1]] = plain_text(value, strip_zeros=True) if isinstance(value, Decimal) else value


def _complete(data: dict[str, Any], model: type[Declared], path: str, pending: list[str], made: _Input) -> None:
    """What every input must tell and the packet does not is asked for."""
    for key, spec in fields_of(model).items():
        at = f"{path}.{key}" if path else key
        if isinstance(spec.shape, Section) and isinstance(data.get(key), dict):
            _complete(data[key], spec.shape.model, at, pending, made)
        elif isinstance(spec.shape, ListOf) and isinstance(spec.shape.item, Section):
            for n, row in enumerate(data.get(key) or (), 1):
                if isinstance(row, dict):
                    _complete(row, spec.shape.item.model, f"{at}[{n}]", pending, made)
        if spec.required and key not in data and at != "收支明细":
            if isinstance(spec.shape, Section):
                data[key] = {}
                _complete(data[key], spec.shape.model, at, pending, made)
            elif not isinstance(spec.shape, ListOf):
                data[key] = _held(spec)
                pending.append(at)


def _held(spec: FieldSpec) -> str:
    return spec.shape.words[0] if isinstance(spec.shape, Choice) else TO_FILL


# ------------------------------------------------------------------------------------------------------------ checking


def _differing(made: _Input, loaded: Loaded) -> Iterator[tuple[Stated, Figure]]:
    """The statements that the input gives otherwise."""
    figures = compute(loaded.accounts, read_classification(min(loaded.accounts.year, LATEST))).figures
    for stated in made.told.stated:
        figure = figures.get(stated.name)
        if figure is None or stated.kind or "较" in stated.name:
            continue
        if abs(figure.value - stated.value) > stated.value.margin + figure.margin:
            yield stated, figure


def _repaired(made: _Input, loaded: Loaded) -> bool:
    """Whether something was put right that the sample has in one of two places."""
    done = False
    for stated, _ in _differing(made, loaded):
        found = _fields(made, stated)
        if len({f.path for f in found}) < 2 or not stated.code:  # noqa: PLR2004 - one of two
            continue
        for one in found:
            name, _, rest = one.path.partition("[#].")
            item = made.lists.get(name, {}).get(_same(one, stated.code))
            if item is not None and rest not in item:
                item[rest], done = stated.value, True
    return done


def _told_otherwise(made: _Input, loaded: Loaded) -> Loaded:
    """The accounts with a warning for each total that its parts contradict."""
    issues = list(loaded.issues)
    for stated, figure in _differing(made, loaded):
        said, other = in_wan_yuan(stated.value), in_wan_yuan(figure.value)
        cause = f"{stated.place.cell}的“{figure_words(stated.name)}”是 {said}，照别处的数算是 {other}。"
        issues.append(Issue(Rule.TABLE_TOTAL.code, Level.WARNING, cause, "核对两处。", "", stated.place))
    return Loaded(loaded.accounts, loaded.sources, tuple(issues), pending=loaded.pending)
