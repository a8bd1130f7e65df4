"""A file as bytes: what the system refuses, and what is no input by name or size, is an issue."""

from __future__ import annotations

from pathlib import Path

from budgetgen.findings import Findings, Rule
from budgetgen.issues import SourceRef

MAX_BYTES = 5_000_000
MAX_PACKAGE = 50_000_000
ZIP = b"PK\x03\x04"
_OFFICE = (".xlsx", ".xlsm", ".xls", ".et", ".docx")
_OTHERS = frozenset({".csv", ".doc", ".wps", ".pdf"})


def is_office(data: bytes, file: str) -> bool:
    """Whether a file is one of Excel or Word, or means to be."""
    return data.startswith((ZIP, b"\xd0\xcf\x11\xe0")) or file.lower().endswith(_OFFICE)


def read_bytes(path: Path, findings: Findings) -> bytes:
    """The file's bytes; blank with an issue where there are none to read."""
    place = SourceRef(path.name or str(path))
    if path.suffix.lower() in _OTHERS:
        cause = f"不读 {path.suffix} 文件，只读 YAML 文件、填报表和公开表（.xlsx）、公开文本（.docx）。"
        findings.error(Rule.FILE_KIND, cause, "另存为 .xlsx 或 .docx，或用 budgetgen new 生成填报表。", place)
        return b""
    try:
        if path.exists() and not path.is_file():
            findings.error(Rule.UNREADABLE, "这是文件夹，不是文件。", "写出文件夹里数据文件的名称。", place)
            return b""
        with path.open("rb") as file:
            data = file.read(MAX_PACKAGE + 1)
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
        most = MAX_PACKAGE if data.startswith(ZIP) else MAX_BYTES
        if len(data) > most:
            cause = f"文件超过 {most // 1_000_000} MB。"
            findings.error(Rule.TOO_LARGE, cause, "一个单位的数据只有几十 KB，核对是不是选错了文件。", place)
        return data
    return b""
