"""What a path means to whoever fills the form: the words of its sheets, rows and columns in place of keys."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from budgetgen.classification import CLASS_DIGITS, LATEST, read_classification
from budgetgen.model.accounts import Accounts
from budgetgen.model.declarations import Declared, FieldSpec, ListOf, Section, fields_of

JOINT = "·"
"""Between the names of a fact: 会议费·合计."""
LINES = "收支明细"


@lru_cache(maxsize=4096)
def path_words(path: str) -> str:
    """A path as the form says it; what is no path of an input stays, with `·` for its dots.

    `收支明细[2080505].差异原因` → `收支明细 2080505（机关事业单位基本养老保险缴费支出）的差异原因`,
    `会议费.会议[动员会].其他费用` → `会议费·会议“动员会”·其他费用`, `单位.职责[2]` → `单位·职责 第2项`.
    """
    words = ""
    labels: list[str] = []
    for (name, items), spec in _along(path):
        label = _label(name, spec, labels)
        labels.append(label)
        words += (_joint(words) if words else "") + label + "".join(_item(item, spec) for item in items)
    return words


def _along(path: str) -> Iterator[tuple[tuple[str, list[str]], FieldSpec | None]]:
    """Each name of a path with its items, and its declaration; None from where there is none."""
    model: type[Declared] | None = Accounts
    for name, items in _names(path):
        spec = fields_of(model).get(name) if model else None
        yield (name, items), spec
        shape = spec.shape.item if spec and isinstance(spec.shape, ListOf) else spec.shape if spec else None
        model = shape.model if isinstance(shape, Section) else None


def _names(path: str) -> Iterator[tuple[str, list[str]]]:
    """`a.b[c.d[e]].f` → a, b with the item `c.d[e]`, f."""
    name, items, depth, start = "", [], 0, 0
    for at, mark in enumerate(path):
        if mark == "[":
            if depth == 0:
                start = at + 1
            depth += 1
        elif mark == "]" and depth:
            depth -= 1
            if depth == 0:
                items.append(path[start:at])
        elif depth == 0:
            if mark == ".":
                yield name, items
                name, items = "", []
            else:
                name += mark
    yield name, items


def _label(name: str, spec: FieldSpec | None, above: list[str]) -> str:
    if spec is None:
        return name
    return spec.key if spec.label in above else spec.label


def _joint(words: str) -> str:
    return "的" if words.endswith("）") and words.startswith(LINES) else JOINT


def _item(item: str, spec: FieldSpec | None) -> str:
    """One item of a list or table: its number, its code with its name, or its own name."""
    code, _, fund = item.partition(JOINT)
    if code.isdigit() and len(code) >= CLASS_DIGITS:
        names = read_classification(LATEST)
        known = names.functional.get(code) or names.economic.get(code)
        said = "，".join(filter(None, (known.name if known else "", fund)))
        return f" {code}（{said}）" if said else f" {code}"
    if item.isdigit():
        return f" 第{item}项"
    return f"“{path_words(item)}”" if spec is None or not isinstance(spec.shape, ListOf) else f"“{item}”"
