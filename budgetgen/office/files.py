"""Files: read within bounds, their texts decoded, named as every system allows, written whole or not at all."""

from __future__ import annotations

import codecs
import errno
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from budgetgen.issues import Findings, Issue, Level, Rejected, Rule, SourceRef, refusal

DRAFT = "草稿-"
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
# 255 bytes is the limit of the common file systems; a Chinese character takes three, and the rest of the name some.
_LONGEST = 60
_MARK = 6
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
DISK_FULL = "OUTPUT-006"
_LEFT_OVER = re.compile(r"\..+\.\d+\.(?:tmp|old)")
MAX_BYTES = 5_000_000
MAX_PACKAGE = 50_000_000
ZIP = b"PK\x03\x04"
_OFFICE = (".xlsx", ".xlsm", ".xls", ".et", ".docx")
_OTHERS = frozenset({".csv", ".doc", ".wps"})
PDF = b"%PDF-"
Inspect = Callable[[str, bytes], Iterable[Issue]]
_MARKED = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8（带 BOM）"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_NOT_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SIGNS = ("年度", "单位", "收支明细", "金额")
"""Words that every input has: GB18030 decodes almost any bytes, so they must be seen to believe it."""
_MEND = "用记事本另存为，“编码”选 UTF-8。"
_UNPRINTABLE = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
"""Characters that a YAML file must not hold as they are: none of them is printable."""
_ALLOWED = "\t\n\r\xa0\u3000"
_MOST_CHARACTERS = 20
_GBK = "gb18030"
_INPUTS = (".yaml", ".yml", ".xlsx")


def is_office(data: bytes, file: str) -> bool:
    """Whether a file is one of Excel or Word, or means to be."""
    return data.startswith((ZIP, b"\xd0\xcf\x11\xe0")) or file.lower().endswith(_OFFICE)


def is_pdf(data: bytes, file: str) -> bool:
    """Whether a file is a PDF, or means to be."""
    return data.startswith(PDF) or file.lower().endswith(".pdf")


def _in_folder(folder: Path) -> str:
    """What to write in place of a folder: the input in it, or the command that is for folders."""
    inputs = sorted(p for p in folder.iterdir() if p.suffix.lower() in _INPUTS) if folder.is_dir() else []
    which = f"写文件夹里的数据文件，如 {inputs[0]}" if inputs else "写出文件夹里数据文件的名称"
    return f"{which}；整个文件夹一起做，用 budgetgen batch；审核公开的文件夹，用 budgetgen audit。"


def read_bytes(path: Path, findings: Findings) -> bytes:
    """The file's bytes; blank with an issue where there are none to read."""
    place = SourceRef(path.name or str(path))
    if path.suffix.lower() in _OTHERS:
        cause = f"不读 {path.suffix} 文件，只读 YAML 文件、填报表和公开表（.xlsx）、公开文本（.docx、.pdf）。"
        mend = "另存为 .xlsx 或 .docx，或用 budgetgen new 生成填报表。"
        findings.error(Rule.FILE_KIND, cause, mend, place)
        return b""
    try:
        if path.exists() and not path.is_file():
            findings.error(Rule.UNREADABLE, "这是文件夹，不是文件。", _in_folder(path), place)
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
        why = refusal(e) if isinstance(e, OSError) else "名称里有不能用的字符"
        findings.error(Rule.UNREADABLE, f"文件读不出来（{why}）。", "核对文件名，或换个地方保存再试。", place)
    else:
        most = MAX_PACKAGE if data.startswith((ZIP, PDF)) else MAX_BYTES
        if len(data) > most:
            cause = f"文件超过 {most // 1_000_000} MB。"
            findings.error(Rule.TOO_LARGE, cause, "一个单位的数据只有几十 KB，核对是不是选错了文件。", place)
        return data
    return b""


def file_name(name: str, longest: int = _LONGEST) -> str:
    """`name` as part of a file name: what Windows forbids becomes `_`, and no name leaves its folder.

    It is cut to `longest` characters; 0 cuts nothing.
    """
    clean = _FORBIDDEN.sub("_", name).strip(" .")[: longest or None].rstrip(" .")
    return f"_{clean}" if not clean or _RESERVED.fullmatch(clean) else clean


def folder_name(name: str, year: int, pattern: str = "{单位}-{年度}") -> str:
    """The folder of a unit's packet, named after `pattern`; a unit's name too long for it ends in a mark of its own."""
    safe = file_name(name)
    if len(name) > _LONGEST:
        safe = f"{safe[: _LONGEST - _MARK - 1]}~{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:_MARK]}"
    return file_name(pattern.format(单位=safe, 年度=year), longest=0)


def write_files(
    folder: Path, files: Mapping[str, bytes], inspect: Inspect, keep: Mapping[str, str] = MappingProxyType({})
) -> list[Path]:
    """Write `files` (name → bytes) into `folder`: all of them, or none.

    Each is written aside, read back, and moved into place; a file of the same name is kept until all are in place, and
    then goes, or stays under the name that `keep` gives it.
    Rejected where the system refuses, or where `inspect(name, bytes read back)` finds anything.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise Rejected([_refused(folder, e)]) from e
    aside = {folder / name: _aside(folder / name) for name in files}
    try:
        for (target, temporary), data in zip(aside.items(), files.values(), strict=True):
            _write(temporary, data, target)
        found = [
            issue
            for name, path in zip(files, aside.values(), strict=True)
            for issue in inspect(name, path.read_bytes())
        ]
        if found:
            raise Rejected(found)
        _move(aside, {folder / name: folder / kept for name, kept in keep.items()})
    finally:
        for temporary in aside.values():
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
    return list(aside)


def free_name(folder: Path, name: str, mark: str) -> str:
    """A name that no file in `folder` has: `报告.docx` with `mark` 改过 → `报告.改过.docx`, then `报告.改过2.docx`."""
    path = Path(name)
    names = (f"{path.stem}.{mark}{number or ''}{path.suffix}" for number in (0, *range(2, 10_000)))
    return next(n for n in names if not (folder / n).exists())


@contextmanager
def placed(target: Path) -> Iterator[Path]:
    """A path aside, whose file is moved to `target` once it is whole. OSError: the system refuses; nothing stays aside."""
    aside = _aside(target)
    try:
        yield aside
        aside.replace(target)
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.tmp")


def remove_files(folder: Path, names: Iterable[str]) -> None:
    """Take away files of our own that a new packet replaces; what the system will not let go stays."""
    for name in names:
        with suppress(OSError):
            (folder / name).unlink(missing_ok=True)


def clear_left_over(folder: Path) -> None:
    """Take away what a build that was killed left aside in `folder`; only for folders where no build is under way."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _LEFT_OVER.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with suppress(OSError):
                    Path(entry.path).unlink()


def left_from_before(folder: Path, names: Iterable[str]) -> list[Issue]:
    """A note on files of an earlier build that stay beside what this one wrote, or did not write."""
    found = [name for name in names if (folder / name).is_file()]
    cause = f"文件夹里还有以前生成的 {'、'.join(found)}，与这次的数据不一定相符。"
    return (
        [Issue("OUTPUT-004", Level.NOTE, cause, "以后不用就删去，别拿去公开。", place=SourceRef(str(folder)))]
        if found
        else []
    )


def _write(temporary: Path, data: bytes, target: Path) -> None:
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as e:
        raise Rejected([_refused(target, e)]) from e


def _move(aside: Mapping[Path, Path], keep: Mapping[Path, Path]) -> None:
    """Put every file in its place; where one place can't be had, put the old files back."""
    kept: dict[Path, Path] = {}
    moved: list[Path] = []
    try:
        for target, temporary in aside.items():
            if target.exists():
                backup = temporary.with_suffix(".old")
                target.replace(backup)
                kept[target] = backup
            temporary.replace(target)
            moved.append(target)
    except OSError as e:
        for path in moved:
            path.unlink(missing_ok=True)
        for path, backup in kept.items():
            backup.replace(path)
        raise Rejected([_refused(target, e)]) from e
    for path, backup in kept.items():
        with suppress(OSError):
            backup.replace(keep[path]) if path in keep else backup.unlink()


def is_full(error: OSError) -> bool:
    """Whether the system refused for want of space."""
    return error.errno in _FULL


def _refused(path: Path, error: OSError) -> Issue:
    place = SourceRef(str(path))
    if isinstance(error, PermissionError) and path.is_file():
        return Issue(
            "OUTPUT-001",
            Level.ERROR,
            "文件正被别的程序打开，或没有写的权限。",
            "请先在 Excel、WPS 或 Word 中关闭它，再生成一次。",
            place=place,
        )
    if isinstance(error, (FileExistsError, NotADirectoryError)):
        return Issue(
            "OUTPUT-002", Level.ERROR, "这里有一个同名的文件，不能当文件夹用。", "用 -o 指定另一个文件夹。", place=place
        )
    if is_full(error):
        return Issue(
            DISK_FULL, Level.ERROR, "磁盘满了，写不下。", "清理磁盘，或用 -o 指定另一个磁盘上的文件夹。", place=place
        )
    return Issue(
        "OUTPUT-003",
        Level.ERROR,
        f"写不进去：{refusal(error)}。",
        "检查磁盘空间和权限，或用 -o 指定另一个文件夹。",
        place=place,
    )


def decode(data: bytes, file: str, findings: Findings) -> str | None:
    """The file's text, or None with an issue where its bytes are no text."""
    place = SourceRef(file)
    for mark, codec, name in _MARKED:
        if data.startswith(mark):
            return _decoded(data, codec, name, place, findings)
    if b"\0" in data or data.startswith(_NOT_TEXT):
        cause = "这不是文本文件，像是改了扩展名的 Excel 或 Word 文件。"
        findings.error(Rule.ENCODING, cause, "请提供 YAML 文本文件。", place)
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as e:
        return _chinese(data, SourceRef(file, data.count(b"\n", 0, e.start) + 1), place, findings)


def _decoded(data: bytes, codec: str, name: str, place: SourceRef, findings: Findings) -> str | None:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        findings.error(Rule.ENCODING, f"文件开头说是{name}，内容却不是。", _MEND, place)
        return None
    findings.note(Rule.ENCODING, f"文件的编码是 {name}，已按此读取。", _MEND, place)
    return text


def _chinese(data: bytes, bad: SourceRef, place: SourceRef, findings: Findings) -> str | None:
    """What is not UTF-8 is GBK (GB18030), or damaged."""
    try:
        text = data.decode(_GBK)
    except UnicodeDecodeError:
        text = ""
    if not any(sign in text for sign in _SIGNS):
        findings.error(Rule.ENCODING, "从这一行起文字编码认不出：既不是 UTF-8，也不是 GBK。", _MEND, bad)
        return None
    findings.note(Rule.ENCODING, "文件的编码是 GBK，已按此读取。", _MEND, place)
    return text


def plain_text(data: bytes) -> str:
    """The text of a small file as editors on Windows or Linux save it, its lines ended alike.

    UTF-8 with or without a mark, UTF-16, or GBK. UnicodeDecodeError: it is none of them.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode(_GBK)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def encoding_of(path: Path) -> str:
    """How a file of any size is written, as `plain_text` takes it, seen by reading it through. OSError: it can't be read."""
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
    try:
        with path.open(encoding="utf-8") as lines:
            for _ in lines:
                pass
    except UnicodeDecodeError:
        return _GBK
    return "utf-8-sig"


def check_characters(text: str, file: str, findings: Findings) -> bool:
    """Whether the text holds no control characters; an issue for each that it does."""
    plain = text
    for allowed in _ALLOWED:
        plain = plain.replace(allowed, "")
    if plain.isprintable():  # nearly always; the pattern takes long to compile
        return True
    found = 0
    for match in re.finditer(_UNPRINTABLE, text):
        found += 1
        if found > _MOST_CHARACTERS:
            break
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - text.rfind("\n", 0, match.start())
        cause = f"第 {column} 个字是不能用的控制字符 U+{ord(match[0]):04X}。"
        findings.error(Rule.CHARACTER, cause, "删掉它；看不见的话，把这一行重新打一遍。", SourceRef(file, line))
    return not found
