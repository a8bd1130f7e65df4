"""How much of what can go wrong the rules find: each amount of each example is changed, one at a time.

`python benchmarks/mutation.py [unit.yaml …]` changes every amount by 100 元 and by 10 % and prints the share found and
the fields that no rule guards. An amount is found where an issue or note that was not there before names its path.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from budgetgen.check import check
from budgetgen.classification import read_classification
from budgetgen.compute import compute
from budgetgen.layout import Profile, read_profile
from budgetgen.model import Amount, Declared, Loaded, child_path, entry_path, item_path
from budgetgen.model.declarations import fields_of
from budgetgen.reading import load

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*/unit.yaml"))
CHANGES: dict[str, Callable[[Decimal], Decimal]] = {
    "100 元": lambda yuan: yuan + 100,
    "10 %": lambda yuan: yuan * Decimal("1.1"),
}
Change = Callable[[Decimal], Decimal]


def amounts(value: object, path: str = "") -> Iterator[tuple[str, Amount]]:
    """Every amount that the input states, with its path."""
    if isinstance(value, Amount):
        yield path, value
    elif isinstance(value, Declared):
        for key, spec in fields_of(type(value)).items():
            yield from amounts(getattr(value, spec.name), child_path(path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from amounts(item, item_path(path, index, item))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from amounts(item, entry_path(path, key))


def changed(value: Any, target: str, change: Change, path: str = "") -> Any:
    """`value` with the amount at `target` changed; it keeps the margin of an amount in 万元."""
    if path and not target.startswith(path):
        return value
    if isinstance(value, Amount):
        return Amount(change(value), value.margin or Decimal(50)) if path == target else value
    if isinstance(value, Declared):
        fields = fields_of(type(value)).items()
        return value.replaced(
            **{s.name: changed(getattr(value, s.name), target, change, child_path(path, k)) for k, s in fields}
        )
    if isinstance(value, list):
        return [changed(v, target, change, item_path(path, i, v)) for i, v in enumerate(value)]
    if isinstance(value, dict):
        return {k: changed(v, target, change, entry_path(path, k)) for k, v in value.items()}
    return value


def findings(loaded: Loaded, profile: Profile) -> set[tuple[str, str, tuple[str, ...]]]:
    """What the rules say: rule, cause, paths."""
    computed = compute(loaded.accounts, read_classification(loaded.accounts.year))
    return {(i.rule, i.cause, (i.path, *i.paths)) for i in check(loaded, computed, profile)}


def mutate(path: Path, change: Change, every: int = 1) -> Iterator[tuple[str, bool]]:
    """Each stated amount of the input at `path` (or every n-th), and whether its change was found."""
    loaded = load(path)
    profile = read_profile(loaded.accounts.profile)
    before = findings(loaded, profile)
    for target, amount in islice(amounts(loaded.accounts), 0, None, every):
        # What the file does not write is no amount that somebody could have mistyped.
        if target in loaded.sources and change(amount) != amount:
            mutated = replace(loaded, accounts=changed(loaded.accounts, target, change))
            yield target, any(target in paths for _, _, paths in findings(mutated, profile) - before)


def field(path: str) -> str:
    """The field of a path, whatever the row."""
    return re.sub(r"\[[^\]]*\]", "[*]", path)


def main(files: list[Path]) -> None:
    for label, change in CHANGES.items():
        missed: Counter[str] = Counter()
        tried = found = 0
        for file in files:
            results = list(mutate(file, change))
            share = sum(hit for _, hit in results) / len(results)
            print(f"{label}  {file.parent.name}: {share:.1%} of {len(results)}")
            tried, found = tried + len(results), found + sum(hit for _, hit in results)
            missed.update(field(target) for target, hit in results if not hit)
        print(f"{label}  all: {found / tried:.1%} of {tried}; fields that no rule guards:")
        for name, times in sorted(missed.items()):
            print(f"    {name}  {times}")


if __name__ == "__main__":
    main([Path(a) for a in sys.argv[1:]] or EXAMPLES)
