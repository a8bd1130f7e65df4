"""TEXT-004: another unit's name, or a way of calling itself that is not this unit's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from budgetgen.check.rules import rule
from budgetgen.check.texts.corpus import SENTENCES, Found, Kind, corpus, told
from budgetgen.check.texts.words import words
from budgetgen.compute import Computed
from budgetgen.issues import Issue, Level
from budgetgen.model import Loaded

_OWN_KINDS = frozenset({Kind.NAME, Kind.DUTY})
_CALLS = "我本"
_FOREIGN_KEYS = frozenset({"内容", "用途", "注"})
"""Texts that tell of visits and guests: other units belong there."""


@cache
def _full_name() -> re.Pattern[str]:
    """A unit's name that begins a clause with its place: `某市某区发展研究中心`."""
    data = words()
    return re.compile(
        rf"(?:(?<=[，。；：])|^)(?!{data.any_of('不是地名')})(?:中共)?[一-龥]{{1,3}}?[省市县区州旗][一-龥]{{1,16}}?"
        rf"(?:{data.any_of('机构后缀')})(?![一-龥]{{0,2}}(?:{data.any_of('机构后不算')}))",
        re.MULTILINE,
    )


@rule("TEXT-004", "文字中的单位是本单位", "沿用别的单位的文字时，名称和自称应改为本单位")
def units_are_this_one(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """Another unit as the subject of a clause, or 我局 of a unit that is no 局. Names in duties count as its own."""
    own = loaded.accounts.unit.name
    texts = corpus(loaded)
    known = "\n".join(t.text for t in texts.texts if t.kind in _OWN_KINDS)
    names = "\n".join(t.text for t in texts.texts if t.kind is Kind.NAME and t.path.startswith("单位"))
    seen: set[str] = set()
    for found in [*texts.find(_full_name(), SENTENCES), *texts.find(words().patterns["自称式样"], SENTENCES)]:
        name = found.match[0]
        foreign = name[1:] not in names if name[0] in _CALLS else _is_foreign(name, known)
        if foreign and found.written.path not in seen and not _tells_of_others(found):
            seen.add(found.written.path)
            cause = f"{found.excerpt}说的是“{name}”，本单位是“{own}”。"
            mend = "核对是不是沿用了别的单位的文字；确是所属单位的，填在“决算单位”里。"
            yield told("TEXT-004", Level.WARNING, found, cause, mend, loaded)


def _is_foreign(name: str, known: str) -> bool:
    often = words().lists["常提到的机构"]
    return name not in known and not any(o in name for o in often)


def _tells_of_others(found: Found) -> bool:
    return found.written.key in _FOREIGN_KEYS
