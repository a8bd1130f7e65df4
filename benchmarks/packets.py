"""What the benchmarks fill: the examples and generated units, each in variants whose amounts differ."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from budgetgen.classification import read_classification
from budgetgen.compute import Computed, compute
from budgetgen.layout import read_kind, read_profile
from budgetgen.model import Amount, Declared, Loaded
from budgetgen.model.declarations import fields_of
from budgetgen.packet.render import PacketRenderer
from budgetgen.pipeline import renderer_of
from budgetgen.reading import load, loads

ROOT = Path(__file__).parents[1]
EXAMPLES = [
    path
    for path in sorted((ROOT / "examples").glob("*/unit.yaml"))
    if (path.parent / "errata.tsv").is_file() and load(path).accounts.lines
]
"""Published packets with nine tables of their own: no chart, which the others could not fill."""
_EVERYTHING = ROOT / "tests" / "cases" / "everything.yaml"
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Case:
    """One unit of one 版式: `variants` are its figures, each time of other amounts."""

    name: str
    renderer: PacketRenderer
    variants: tuple[Computed, ...]


def example(path: Path, variants: int) -> Case:
    return _case(path.parent.name, load(path), variants)


def generated(lines: int, variants: int) -> Case:
    """A unit with many 收支明细: `lines` accounts drawn by chance, the rest as in the test's unit that has everything."""
    draw = random.Random(lines)  # the same unit every time
    given = yaml.safe_load(_EVERYTHING.read_text(encoding="utf-8"))
    known = [c for c, a in read_classification(2024).functional.items() if len(c) == 7 and a.certainty == "document"]
    codes = sorted(draw.sample(sorted(known), min(lines, len(known))))
    given["收支明细"] = [
        {
            "科目": code,
            "收入": {"财政拨款": amount},
            "支出": {"基本": amount} if index % 2 else {"项目": amount},
            "年初预算": amount,
        }
        for index, code in enumerate(codes)
        for amount in [draw.randrange(10_000, 90_000_000) / 100]
    ]
    text = yaml.safe_dump(given, allow_unicode=True, sort_keys=False)
    return _case(f"generated-{len(codes)}", loads(text, "generated.yaml"), variants)


def _case(name: str, loaded: Loaded, variants: int) -> Case:
    accounts = [scaled(loaded.accounts, 1 + Decimal(n) / 97) for n in range(variants)]
    computed = tuple(compute(a, read_classification(a.year)) for a in accounts)
    return Case(
        name,
        renderer_of(read_profile(loaded.accounts.profile), read_kind(told=loaded.accounts.sections_told)),
        computed,
    )


def scaled(value: Any, factor: Decimal) -> Any:
    """`value` with all its amounts multiplied, to whole 分."""
    if isinstance(value, Amount):
        return Amount((value * factor).quantize(_CENT), value.margin)
    if isinstance(value, Declared):
        changes = {s.name: scaled(getattr(value, s.name), factor) for s in fields_of(type(value)).values()}
        return value.replaced(**changes)
    if isinstance(value, list):
        return [scaled(v, factor) for v in value]
    if isinstance(value, dict):
        return {k: scaled(v, factor) for k, v in value.items()}
    return value
