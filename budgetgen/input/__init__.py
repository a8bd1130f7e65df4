"""A file as it was filled in → accounts, the place of every value, and what the reader noticed."""

from __future__ import annotations

from pathlib import Path

from budgetgen.input import raw
from budgetgen.input.bind import bind
from budgetgen.input.encoding import decode
from budgetgen.input.findings import Findings, Rule
from budgetgen.input.rules import check_accounts
from budgetgen.input.workbook import OLE, ZIP
from budgetgen.input.yaml import read_yaml
from budgetgen.issues import SourceRef
from budgetgen.model import Accounts, Loaded
from budgetgen.model.specs import known_keys

MAX_BYTES = 5_000_000
MAX_WORKBOOK = 50_000_000
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".et", ".docx")
_OTHERS = frozenset({".csv", ".doc", ".wps", ".pdf"})


def load(path: Path | str) -> Loaded:
    """Read one unit's accounts from a YAML file or a 填报表.xlsx: what a file is, its content says.

    Raises `Rejected` with every fault found where one of them is an error; notes and warnings come with the accounts.
    Places name the file without its folder.
    """
    source = Path(path)
    findings = Findings()
    data = read_bytes(source, findings)
    findings.stop()
    return loads(data, source.name, findings)


def loads(data: bytes | str, file: str, findings: Findings | None = None) -> Loaded:
    """Read accounts from a file's content; `file` is its name in places. Raises `Rejected` as `load` does."""
    findings = findings or Findings()
    if isinstance(data, bytes) and (data.startswith((ZIP, OLE)) or file.lower().endswith(_WORKBOOKS)):
        root = _office_tree(data, file, findings)
    else:
        root = _tree(data, file, findings)
    if root is None:
        findings.stop()
        raise AssertionError("a file without a tree has an error")
    bound = bind(root, findings)
    check_accounts(bound, findings)
    findings.stop()
    return Loaded(Accounts(**bound.values), bound.sources, findings.issues())


def _tree(data: bytes | str, file: str, findings: Findings) -> raw.Mapping | None:
    """The tree of a YAML file."""
    text = decode(data, file, findings) if isinstance(data, bytes) else data
    findings.stop()
    return read_yaml(text or "", file, known_keys(Accounts), findings)


def _office_tree(data: bytes, file: str, findings: Findings) -> raw.Mapping | None:
    """The tree of a workbook, by what is in it."""
    from budgetgen.input.workbook.package import open_book  # noqa: PLC0415 - YAML needs no reader of workbooks
    from budgetgen.input.workbook.reader import is_form, read_form  # noqa: PLC0415

    book = open_book(data, file, findings)
    if book is None:
        return None
    if is_form(book):
        return read_form(book, findings)
    cause = "这个工作簿不是填报表：没有“单位”“收支明细”等工作表。"
    findings.error(Rule.FILE_KIND, cause, "用 budgetgen new 生成空白填报表，照它填写。", SourceRef(file))
    return None


def read_bytes(path: Path, findings: Findings) -> bytes:
    """The file's bytes; an issue where the system refuses them or they are no input by name or size."""
    place = SourceRef(path.name or str(path))
    if path.suffix.lower() in _OTHERS:
        cause = f"不读 {path.suffix} 文件，只读 YAML 文件和填报表（.xlsx）。"
        findings.error(Rule.FILE_KIND, cause, "照示例填成 .yaml 文件，或用 budgetgen new 生成填报表。", place)
        return b""
    try:
        if path.exists() and not path.is_file():
            findings.error(Rule.UNREADABLE, "这是文件夹，不是文件。", "写出文件夹里数据文件的名称。", place)
            return b""
        with path.open("rb") as file:
            data = file.read(MAX_WORKBOOK + 1)
    except FileNotFoundError:
        findings.error(Rule.UNREADABLE, f"没有这个文件：{path}。", "核对文件名和所在的文件夹。", place)
    except PermissionError:
        findings.error(
            Rule.UNREADABLE,
            "没有权限读这个文件，或它正被别的程序占用。",
            "关掉占用它的程序，或请管理员开放权限。",
            place,
        )
    except (OSError, ValueError) as e:
        findings.error(Rule.UNREADABLE, f"文件读不出来（{e}）。", "核对文件名，或换个地方保存再试。", place)
    else:
        most = MAX_WORKBOOK if data.startswith(ZIP) else MAX_BYTES
        if len(data) > most:
            cause = f"文件超过 {most // 1_000_000} MB。"
            findings.error(Rule.TOO_LARGE, cause, "一个单位的数据只有几十 KB，核对是不是选错了文件。", place)
        return data
    return b""


__all__ = ["Rule", "load", "loads", "read_bytes"]
