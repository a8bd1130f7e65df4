"""The files that a 版式 is made of, whose each of them is and what it says of itself; and a new 版式 with only what one edits."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from budgetgen.issues import Issue, Level, Rejected, SourceRef, near_miss, refusal
from budgetgen.layout import (
    DOCX,
    NARRATIVES,
    PHRASES,
    SECTION_SUFFIX,
    SETTINGS,
    XLSX,
    Kind,
    PacketFile,
    Profile,
    Shelf,
    read_text,
)
from budgetgen.records import record

_NOTE = re.compile(r"\s*\{#\s*(.*?)\s*#\}\n*", re.DOTALL)
_SET = re.compile(r"\{%-?\s*set\s+(?P<name>\w+)\s*=\s*(?P<value>.*?)\s*-?%\}(?:\{#\s*(?P<note>.*?)\s*#\})?")
READ_ME = "先读我.txt"
_NAME = re.compile(r"\w[\w.-]{0,39}")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_SETTINGS_NOTE = """\
{{# 版式 {name} 的用词、数字格式和取舍。只改等号后面的值；不改的行可以删去，删去的就用 {parent} 的。 #}}

"""
_NO_SETTINGS = '{{# 版式 {name} 的用词和取舍，一行一个，说明里写 设置.名称 取用，如 set 增率 = "增长"。 #}}\n'
_XLSX_NOTE = """\
这里放版式“{name}”自己的工作簿。{whose}。

{files}

改栏目、行、边框，用 Excel 或 WPS 打开来改。取一份现成的来改：
    budgetgen template copy {name} 文件名
改完检查：
    budgetgen template check {name}
"""
_DOCX_NOTE = """\
这里放版式“{name}”自己的文本和句子。{whose}。

{files}
    说明/设置.j2             用词、数字格式（已经放好，改里面的值）
    说明/收入.md.j2 等        一节一个文件
    说明/短语/占比.j2 等      几节公用的说法，一个一个文件

有哪些文件、现在用的是谁的：
    budgetgen template list {name}
要改哪个，先取一份来再改：
    budgetgen template copy {name} 收入.md.j2
改完检查：
    budgetgen template check {name}
"""
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_BLANK_PARAGRAPH = (
    f"<w:p {_W}><w:r><w:t>{{{{{{{{ 单位.名称 }}}}}}}}{{{{{{{{ 年度 }}}}}}}}年度{{label}}</w:t></w:r></w:p>"
)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_BLANK_BOOK = {
    "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/></Types>',
    "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_SHEETS}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="表1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'{_HEAD}<styleSheet xmlns="{_SHEETS}">'
    '<fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="常规" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
    "xl/worksheets/sheet1.xml": f'{_HEAD}<worksheet xmlns="{_SHEETS}"><sheetData><row r="1">'
    '<c r="A1" t="inlineStr"><is><t>{{ 单位.名称 }}</t></is></c></row></sheetData></worksheet>',
}
"""The parts of a workbook with one sheet, in which the unit's name stands."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file: `kind` and `name` as users say them, the 版式 that it belongs to, and where it is."""

    kind: str
    name: str
    owner: str
    shelf: Shelf
    path: Path


def parts(profile: Profile, without: Shelf | None = None) -> list[Part]:
    """The files that are used, each the nearest of its name; of 设置.j2, all that add to it.

    Those of its own in the folder `without` are passed over.
    """
    found: dict[object, Part] = {}
    for part in _candidates(profile):
        if part.owner == profile.name and without is not None and part.shelf.folder == without.folder:
            continue
        found.setdefault(part.path if part.name == SETTINGS else (part.kind, part.name), part)
    return list(found.values())


def _candidates(profile: Profile) -> Iterator[Part]:
    for owner in profile.chain:
        for shelf in profile.shelves:
            for kind, name, path in _files(shelf, owner):
                yield Part(kind, name, owner, shelf, path)


def _files(shelf: Shelf, owner: str) -> Iterator[tuple[str, str, Path]]:
    """The files of one 版式 in one folder: kind, name, path."""
    for folder, kind in ((XLSX, "工作簿"), (DOCX, "文本")):
        for path in sorted(shelf.file(folder, owner).glob(f"*.{folder}")):
            if not path.name.startswith("~$"):
                yield kind, path.name, path
    if shelf.glossary(owner).is_file():
        yield "名词解释", "名词解释", shelf.glossary(owner)
    narratives = shelf.file(DOCX, owner, NARRATIVES)
    for path in sorted(narratives.glob("*.j2")):
        if path.name == SETTINGS:
            yield "设置", SETTINGS, path
        elif path.name.endswith(SECTION_SUFFIX):
            yield "说明", path.name, path
    for path in sorted((narratives / PHRASES).glob("*.j2")):
        yield PHRASES, f"{PHRASES}/{path.name}", path


def settings_shelf(profile: Profile) -> Shelf:
    """The folder that the 版式's settings were read from."""
    return next(s for s in profile.shelves if s.profile(profile.name).is_file())


@record
class Setting:
    """One line of a 设置.j2: its tag as it stands, the value in it, the note behind it."""

    name: str
    value: str
    note: str
    tag: str
    line: int


def note_of(text: str) -> str:
    """What a file says of itself: its first comment, on one line."""
    found = _NOTE.match(text)
    return re.sub(r"\s*\n\s*", "", found[1]) if found else ""


def without_note(text: str) -> str:
    """The text without its first comment."""
    return _NOTE.sub("", text, count=1) if _NOTE.match(text) else text


def settings_in(text: str) -> Iterator[Setting]:
    """The settings of a 设置.j2, in order."""
    for found in _SET.finditer(text):
        tag = found[0] if found["note"] is None else found[0][: found[0].index("%}") + 2]
        line = text.count("\n", 0, found.start()) + 1
        yield Setting(found["name"], found["value"], found["note"] or "", tag, line)


def settings_of(path: Path) -> dict[str, Setting]:
    """The settings of the 设置.j2 at `path` by name; none where there is no such file."""
    return {s.name: s for s in settings_in(read_text(path))} if path.is_file() else {}


def merged_settings(profile: Profile) -> str:
    """All that the 设置.j2 of a 版式 and its parents set, as one text: the farthest one's with the nearer ones' values."""
    sources = [read_text(p.path) for p in parts(profile) if p.kind == "设置"]
    if not sources:
        return ""
    *nearer, text = sources
    text = without_note(text)
    for source in reversed(nearer):
        for setting in settings_in(source):
            old = next((s for s in settings_in(text) if s.name == setting.name), None)
            text = text.replace(old.tag, setting.tag, 1) if old else f"{text.rstrip()}\n{setting.tag}\n"
    return text


def phrase_notes(profile: Profile) -> list[tuple[str, str]]:
    """The phrases of a 版式 with what each says of itself."""
    found = [p for p in parts(profile) if p.kind == "短语"]
    return sorted((p.path.name.partition(".")[0], note_of(read_text(p.path))) for p in found)


def new_profile(
    name: str, parent: Profile, folder: Path, kind: Kind, *, copy: bool = False, empty: bool = False
) -> list[Path]:
    """Make the 版式 `name` in `folder` for packets of `kind`: settings, 设置.j2, folders that say what for.

    It inherits from `parent`, and with `copy` has the kind's templates from there too. With `empty` it inherits nothing:
    each template that every packet of the kind needs is a blank one, documents with the styles of `parent`'s. Rejected
    where the name is no name, where something of that name is there, or where the system refuses.
    """
    shelf = Shelf("", folder, folder)
    _check_name(name, parent, shelf)
    xlsx, docx = shelf.file(XLSX, name), shelf.file(DOCX, name)
    whose = "没有别的版式可用" if empty else f"没有，就用“{parent.name}”的"
    note = _SETTINGS_NOTE.format(name=name, parent=parent.name) + merged_settings(parent)
    texts = {
        shelf.profile(name): _settings(name, "" if empty else parent.name),
        docx / NARRATIVES / SETTINGS: _NO_SETTINGS.format(name=name) if empty else note,
        docx / READ_ME: _DOCX_NOTE.format(name=name, whose=whose, files=_listed(kind, DOCX)),
        xlsx / READ_ME: _XLSX_NOTE.format(name=name, whose=whose, files=_listed(kind, XLSX)),
    }
    blank = {shelf.file(f.suffix, name, f.template): _blank(f, parent) for f in kind.required_files} if empty else {}
    try:
        for path, content in {**{p: text.encode() for p, text in texts.items()}, **blank}.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        (docx / NARRATIVES / PHRASES).mkdir(exist_ok=True)
    except OSError as e:
        raise Rejected([_refused(folder, e)]) from e
    templates = {file.template for file in kind.files}
    files = [p for p in parts(parent) if copy and not empty and p.name in templates]
    return [*texts, *blank, *(_copied(part, shelf, name) for part in files)]


def _listed(kind: Kind, suffix: str) -> str:
    """A kind's templates of one format with what they make, a line each."""
    return "\n".join(f"    {file.template}    {file.label}" for file in kind.of(suffix)) or "    （这种材料没有）"


def _blank(file: PacketFile, like: Profile) -> bytes:
    """A template to begin with: one sheet with the unit's name, or one paragraph in a frame with all styles."""
    # Listing layouts needs no XML.
    from budgetgen.office.package import DOCUMENT as WORD  # noqa: PLC0415
    from budgetgen.office.package import Package, extended, parse_xml, serialized, write_package  # noqa: PLC0415

    if file.suffix == XLSX:
        return write_package({part: text.encode() for part, text in _BLANK_BOOK.items()})
    frame = Package(next(p.path for p in parts(like) if p.path.suffix == f".{DOCX}").read_bytes())
    root = frame.root(WORD)
    body = root[0]
    paragraph = parse_xml(_BLANK_PARAGRAPH.format(label=file.label).encode())
    for element in list(body)[:-1]:  # the last one is the page's set-up
        body.remove(element)
    body.insert(0, paragraph)
    return extended(frame, {WORD: serialized(root)})


def copy_parts(
    profile: Profile, wanted: Sequence[str], shelf: Shelf, source: Profile | None = None, *, overwrite: bool = False
) -> list[Path]:
    """Copy files of `source`, by default those that the 版式 inherits, into its own folders in `shelf`, to be edited there.

    `wanted` are names as `parts` gives them, with or without suffix. Rejected where there is no such file, or one of
    its own is there already and is not to be `overwrite`-n.
    """
    known = parts(source) if source else parts(profile, without=shelf)
    chosen = [_chosen(known, name, (source or profile).name) for name in wanted]
    there = [t for p in chosen if (t := _target(p, shelf, profile.name)).exists()]
    if there and not overwrite:
        raise Rejected(
            _issue(
                f"已经有自己的 {p.name}（{datetime.fromtimestamp(p.stat().st_mtime).astimezone():%Y-%m-%d %H:%M} 改过）。",
                "直接改它；要用原来的换掉它，加 --overwrite。",
                p,
            )
            for p in there
        )
    return [_copied(part, shelf, profile.name) for part in chosen]


def _check_name(name: str, parent: Profile, shelf: Shelf) -> None:
    if not _NAME.fullmatch(name) or _RESERVED.fullmatch(name):
        mend = "用字母、数字、汉字、- 和 _，不超过 40 个字，如 benshi。"
        raise Rejected([_issue(f"“{name}”不能作版式的名称。", mend)])
    places = (shelf.profile(name), shelf.file(XLSX, name), shelf.file(DOCX, name))
    there = [p for p in places if p.exists()]
    if there:
        raise Rejected(_issue("已经有这个文件或文件夹，没有改动。", "换个名称，或先移走它。", p) for p in there)
    if name == parent.name:
        raise Rejected([_issue(f"“{name}”不能继承自己。", "换个名称。")])


def _chosen(known: Sequence[Part], name: str, whose: str) -> Part:
    name = name.replace("\\", "/")
    for suffix in ("", SECTION_SUFFIX, ".j2"):
        for part in known:
            if name in (part.name.removesuffix(suffix), part.name.removesuffix(suffix).removeprefix(f"{PHRASES}/")):
                return part
    mend = f"用 budgetgen template list {whose} 看有哪些文件。"
    near = near_miss(name, [p.name.removeprefix(f"{PHRASES}/").partition(".")[0] for p in known])
    raise Rejected([_issue(f"版式“{whose}”没有“{name}”这个文件{near or '。'}", mend)])


def _target(part: Part, shelf: Shelf, name: str) -> Path:
    """Where the 版式 `name` keeps its own file of that kind."""
    match part.kind:
        case "工作簿":
            return shelf.file(XLSX, name, part.name)
        case "文本":
            return shelf.file(DOCX, name, part.name)
        case "名词解释":
            return shelf.glossary(name)
        case _:
            return shelf.file(DOCX, name, NARRATIVES, *part.name.split("/"))


def _copied(part: Part, shelf: Shelf, name: str) -> Path:
    target = _target(part, shelf, name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(part.path, target)
    except OSError as e:
        raise Rejected([_refused(target, e)]) from e
    return target


def _refused(path: Path, error: OSError) -> Issue:
    return _issue(f"写不进去：{refusal(error)}。", "检查权限，或用 -o 指定另一个文件夹。", path)


def _issue(cause: str, mend: str, path: Path | None = None) -> Issue:
    return Issue("PROFILE-008", Level.ERROR, cause, mend, place=SourceRef(str(path)) if path else None)


def _settings(name: str, parent: str) -> str:
    inherits = f"继承: {parent}\n" if parent else ""
    return f"""\
# 版式 {name}。只写程序要读的几项；用词、格式、栏目都在 xlsx、docx 两个文件夹里。
中文名: {name}
{inherits}
# 数据文件没有写“版式”时用它：
# 默认: true

# 把某条检查规则改成 关闭、提示、警告 或 错误：
# 规则:
#   WITHIN-002: 警告
"""
