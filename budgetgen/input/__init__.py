"""A file as it was filled in → accounts, the place of every value, and what the reader noticed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from budgetgen.input import raw
from budgetgen.input.bind import bind
from budgetgen.input.rules import check_accounts
from budgetgen.input.yaml import read_yaml
from budgetgen.issues import Findings, Rule, SourceRef
from budgetgen.model import Accounts, Loaded
from budgetgen.model.declarations import known_keys
from budgetgen.office.files import MAX_BYTES, is_office, read_bytes
from budgetgen.office.text import decode

if TYPE_CHECKING:
    from budgetgen.published import Disclosed


def load(path: Path | str) -> Loaded:
    """Read one unit's accounts from a YAML file or a 填报表.xlsx: what a file is, its content says.

    Raises `Rejected` with every fault found where one of them is an error; notes and warnings come with the accounts.
    Places name the file without its folder. Tables that were published need computing besides: `budgetgen.loading`.
    """
    findings = Findings()
    data = read_bytes(Path(path), findings)
    findings.stop()
    return loads(data, Path(path).name, findings)


def loads(data: bytes | str, file: str, findings: Findings | None = None) -> Loaded:
    """Read accounts from a file's content; `file` is its name in places. Raises `Rejected` as `load` does."""
    findings = findings or Findings()
    told = reads(data, file, findings)
    if isinstance(told, Loaded):
        return told
    cause = "这个文件不是填报表，是公开表。"
    findings.error(Rule.FILE_KIND, cause, "先用 budgetgen convert 把它写成填报表。", SourceRef(file))
    findings.stop()
    raise AssertionError("stopped")


def read(path: Path | str, *, unfilled: bool = False) -> Loaded | Disclosed:
    """Read any file that tells a unit's accounts: also the nine tables, whose totals are still to be held against.

    `unfilled`: amounts that still say 【待填写】 are no fault; `Loaded.pending` names them. Raises `Rejected` as `load`.
    """
    findings = Findings()
    data = read_bytes(Path(path), findings)
    findings.stop()
    return reads(data, Path(path).name, findings, unfilled=unfilled)


def reads(data: bytes | str, file: str, findings: Findings, *, unfilled: bool = False) -> Loaded | Disclosed:
    """Read a file's content as `read` does a file."""
    root: raw.Mapping | Disclosed | None
    if isinstance(data, bytes) and is_office(data, file):
        from budgetgen.form.offices import read_office  # noqa: PLC0415 - a YAML file needs none of it

        root = read_office(data, file, findings)
    else:
        root = _tree(data, file, findings)
    if root is None:
        findings.stop()
        raise AssertionError("a file without a tree has an error")
    return _bound(root, findings, unfilled=unfilled) if isinstance(root, raw.Mapping) else root


def _bound(root: raw.Mapping, findings: Findings, *, unfilled: bool) -> Loaded:
    bound = bind(root, findings, unfilled=unfilled)
    check_accounts(bound, findings)
    findings.stop()
    return Loaded(Accounts(**bound.values), bound.sources, findings.issues(), pending=tuple(bound.pending))


def _tree(data: bytes | str, file: str, findings: Findings) -> raw.Mapping | None:
    """The tree of a YAML file."""
    text = decode(data, file, findings) if isinstance(data, bytes) else data
    findings.stop()
    return read_yaml(text or "", file, known_keys(Accounts), findings)


__all__ = ["MAX_BYTES", "Rule", "load", "loads", "read", "read_bytes", "reads"]
