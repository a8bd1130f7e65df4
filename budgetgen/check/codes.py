"""CODE: what the code tables say of the unit's 科目."""

from __future__ import annotations

from collections.abc import Iterator

from budgetgen.check.rules import rule
from budgetgen.classification import class_code, read_classification, section_code
from budgetgen.compute import Computed
from budgetgen.issues import Issue, Level
from budgetgen.model import Loaded, child_path, entry_path

_SOURCE = "政府收支分类科目"


@rule("CODE-010", "科目名称与科目表一致", _SOURCE, Level.WARNING)
def names_agree_with_the_tables(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - a rule's form
    """Names that the input gives to codes which the tables know by another."""
    accounts = loaded.accounts
    tables = read_classification(accounts.year).functional
    for line in accounts.lines:
        path = entry_path("收支明细", line.key)
        for code, name, key in (
            (class_code(line.code), line.class_name, "类名称"),
            (section_code(line.code), line.section_name, "款名称"),
            (line.code, line.item_name, "项名称"),
        ):
            if name and code in tables and tables[code].name != name:
                at = child_path(path, key)
                cause = f"{code} 写作“{name}”，科目表是“{tables[code].name}”。"
                yield Issue(
                    "CODE-010", Level.WARNING, cause, "删去这个名称，用科目表的；确有改名的保留。", at,
                    loaded.place(at), (at,),
                )  # fmt: skip


@rule("CODE-013", "科目名称有可靠来源", "config/codes/README.md", Level.NOTE)
def names_are_verified(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """Codes whose names the tables have from no document."""
    told: set[str] = set()
    for line in loaded.accounts.lines:
        unsure = [c for c in (line.code[:3], line.code[:5], line.code) if _unverified(computed, c) and c not in told]
        told.update(unsure)
        if unsure:
            at = child_path(entry_path("收支明细", line.key), "科目")
            names = "、".join(f"{c}（{computed.names.name(c)}）" for c in unsure)
            cause = f"{names}的名称没有找到正式文件核对。"
            yield Issue(
                "CODE-013",
                Level.NOTE,
                cause,
                "与财政部门下发的科目表核对；不同的，填上名称。",
                at,
                loaded.place(at),
                (at,),
            )


def _unverified(computed: Computed, code: str) -> bool:
    account = computed.names.functional.get(code)
    return account is not None and account.certainty == "unverified"
