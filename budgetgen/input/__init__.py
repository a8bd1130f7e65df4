"""YAML ⇄ accounts: a file's tree bound to the model, the place of every value, and what the reader noticed."""

from __future__ import annotations

from budgetgen.input import raw
from budgetgen.input.bind import bind
from budgetgen.input.validate import check_accounts
from budgetgen.input.yaml import read_yaml
from budgetgen.issues import Findings, Rule
from budgetgen.model import Accounts, Loaded
from budgetgen.model.declarations import known_keys
from budgetgen.office.text import decode


def read_tree(data: bytes | str, file: str, findings: Findings) -> raw.Mapping | None:
    """The tree of a YAML file's content; None with an issue where there is none. `file` is its name in places."""
    text = decode(data, file, findings) if isinstance(data, bytes) else data
    return None if text is None else read_yaml(text, file, known_keys(Accounts), findings)


def to_accounts(
    root: raw.Mapping, findings: Findings, *, unfilled: bool = False, model: type[Accounts] = Accounts
) -> Loaded:
    """The accounts that a file's tree tells, whatever kind of file it was read from.

    `model` is that of the 版式 in which they are told. `unfilled`: amounts that still say 【待填写】 are no fault; `Loaded.pending` names them. Raises `Rejected` with every
    fault found where one of them is an error.
    """
    bound = bind(root, findings, unfilled=unfilled, model=model)
    check_accounts(bound, findings)
    findings.stop()
    return Loaded(model(**bound.values), bound.sources, findings.issues(), pending=tuple(bound.pending))


__all__ = ["Rule", "read_tree", "to_accounts"]
