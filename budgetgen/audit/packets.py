"""Files and folders → packets: what belongs together is one packet, told by folders and names alone.

- Files side by side are of one unit where their names are the same once years and the usual words (部门决算, 公开, 附件 …) are
  taken off; a name that has nothing else belongs to the only unit there is. Attachments (附件, 附表, 自评 …) go with the only
  packet of their folder.
- A folder is read with its subfolders. One whose subfolders bear such usual names (附件, 公开表) is one packet, else each
  subfolder has its own. A zip is a folder; one in another is not opened.
- Of a text that stands there as docx and as PDF, one is read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from budgetgen.issues import Issue, Level, Rejected, Rule, SourceRef
from budgetgen.office.package import Damaged, Package
from budgetgen.published.document import (
    MAX_FILE,
    OLD_BOOKS,
    OLD_TEXTS,
    READABLE,
    Published,
    read_published,
    read_published_bytes,
    refused,
)
from budgetgen.records import record

MAX_FILES = 20_000
"""Files of one folder that are looked at; a province's packets go through in parts."""
_DEEP = 12
_ZIP, _UNOPENED = ".zip", (".zip", ".rar", ".7z", ".tar", ".gz")
_UNPACK = "解压后审核那个文件夹。"
_USUAL = re.compile(
    r"20\d\d\s*年?度?|[（(]?(?:定稿|终稿|最终稿?|修改稿?|审核稿|公开稿|扫描件|盖章版?|最新)[）)]?"
    r"|附件|附表|部门|单位|本级|决算|预算|公开|网上|报表|套表|批复|情况|文本|材料|模板|整体|项目|支出|收入|绩效|自评|评价|报告|三公|经费|基础数据"
    r"|说明|目录|封面|明细|资料|汇总|总表|表|[的及和与、，。·—_\-\s（）()《》“”\[\]【】+.]"
)
_NUMBERED = re.compile(r"^\d{1,2}(?=[.、\-_ ]|$)|(?<=附件)\d{1,2}|(?<=附表)\d{1,2}|[（(]\d{1,2}[）)]")
_ATTACHMENT = re.compile(r"附件|附表|附：|自评|绩效|评价|基础数据")
_TEXTS = (".docx", ".docm", ".pdf", *OLD_TEXTS)
"""Kinds of texts; of one name the first is read."""
_BOOKS = (".xlsx", ".xlsm", *OLD_BOOKS)
_LONG = 3
_REGION = re.compile("[省市区县旗州盟镇乡]$")
_YEAR = re.compile(r"20\d\d")


@record
class SourceFile:
    """One file of a packet: on the disk, or `member` of the zip there."""

    path: Path
    member: str = ""

    @property
    def name(self) -> str:
        """The file's own name, as it is shown."""
        return PurePosixPath(shown_name(self.member)).name if self.member else self.path.name

    @property
    def place(self) -> str:
        """Where a person finds it."""
        return f"{self.path}/{shown_name(self.member)}" if self.member else str(self.path)

    @property
    def stem(self) -> str:
        """The name without its ending."""
        return Path(self.name).stem

    @property
    def suffix(self) -> str:
        """The ending, in small letters."""
        return Path(self.name).suffix.lower()

    def read(self) -> Published:
        """What the file says. Rejected: it cannot be read."""
        return read_published_bytes(self.data(), self.place) if self.member else read_published(self.path)

    def data(self) -> bytes:
        """Its bytes. Rejected: it cannot be read."""
        try:
            data = self.path.read_bytes()
            return Package(data, str(self.path)).read(self.member, MAX_FILE) if self.member else data
        except OSError:
            raise refused(self.place, Rule.UNREADABLE, "读不到这个文件。") from None
        except Damaged as e:
            raise refused(self.place, Rule.UNREADABLE, f"{e}，读不出来。") from None


@record
class PacketSource:
    """The files that make one packet; `name` is what it is told as, `issues` are the files beside it that are not read."""

    name: str
    files: Sequence[SourceFile]
    issues: Sequence[Issue] = ()


@dataclass
class _Folder:
    """A folder or a zip: its readable files, and the folders in it that have some."""

    name: str
    files: list[SourceFile] = field(default_factory=list)
    folders: list[_Folder] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)

    def everything(self) -> Iterator[SourceFile]:
        yield from self.files
        for folder in self.folders:
            yield from folder.everything()

    def told(self) -> Iterator[Issue]:
        yield from self.issues
        for folder in self.folders:
            yield from folder.told()


def packets_of(paths: Sequence[Path]) -> list[PacketSource]:
    """The packets of files, folders and zips, in the order given. Nothing is read but the folders and the zips' contents.

    A path that does not exist and a folder with nothing to read are packets that say so when they are read.
    """
    found: list[PacketSource] = []
    beside: dict[Path, list[SourceFile]] = {}
    for path in paths:
        if path.is_dir():
            found += _packets(_read_folder(path, 0)) or [PacketSource(path.name, ())]
        elif path.suffix.lower() == _ZIP:
            found += _packets(_read_zip(path)) or [PacketSource(path.stem, ())]
        else:
            beside.setdefault(path.parent, []).append(SourceFile(path))
    for files in beside.values():
        found += _side_by_side(files, "")
    return found


def read_packet(source: PacketSource) -> Published:
    """What all files of a packet say, one behind the other. Rejected: none of them can be read."""
    read: list[Published] = []
    issues = list(source.issues)
    for file in source.files:
        try:
            read.append(file.read())
        except Rejected as e:
            issues += e.issues
    if not read:
        raise Rejected(issues or refused(source.name, Rule.UNREADABLE, "里面没有能读的文件。").issues)
    return replace(_whole(read), name=source.name, issues=tuple(issues))


def _whole(read: Sequence[Published]) -> Published:
    """Several files as one: paragraphs and tables are counted on."""
    first, *rest = read
    paragraphs, tables = list(first.paragraphs), list(first.tables)
    for other in rest:
        before, behind = len(tables), paragraphs[-1].number if paragraphs else 0
        paragraphs += [replace(p, number=p.number + behind) for p in other.paragraphs]
        tables += [replace(t, number=t.number + before, after=t.after + behind) for t in other.tables]
    return replace(first, paragraphs=paragraphs, tables=tables)


# ------------------------------------------------------------------------------------------------ folders and zips


def _read_folder(path: Path, depth: int) -> _Folder:
    folder = _Folder(path.name)
    try:
        entries = sorted(path.iterdir(), key=lambda p: p.name)[:MAX_FILES]
    except OSError:
        return replace(folder, issues=[_issue(str(path), "读不到这个文件夹。", "核对权限。")])
    for entry in entries:
        if entry.name.startswith((".", "~$")):
            continue
        if entry.is_dir():
            if depth < _DEEP and not entry.is_symlink():
                folder.folders.append(_read_folder(entry, depth + 1))
        elif entry.suffix.lower() == _ZIP:
            folder.folders.append(_read_zip(entry))
        elif entry.suffix.lower() in READABLE:
            folder.files.append(SourceFile(entry))
        elif entry.suffix.lower() in _UNOPENED:
            folder.issues.append(_issue(str(entry), "没有打开这个压缩文件。", _UNPACK))
    folder.folders = [f for f in folder.folders if f.files or f.folders or f.issues]
    return folder


def _read_zip(path: Path) -> _Folder:
    folder = _Folder(path.stem)
    try:
        if path.stat().st_size > MAX_FILE:
            return replace(folder, issues=[_issue(str(path), f"文件超过 {MAX_FILE // 2**20} MB，没有读。", _UNPACK)])
        members = list(Package(path.read_bytes(), str(path)))
    except (OSError, Damaged) as e:
        cause = f"{e}，读不出来。" if isinstance(e, Damaged) else "读不到这个文件。"
        return replace(folder, issues=[_issue(str(path), cause, _UNPACK)])
    for member in sorted(members, key=shown_name):
        *parents, name = PurePosixPath(shown_name(member)).parts
        if any(p.startswith((".", "~$", "__MACOSX")) for p in (*parents, name)):
            continue
        at = folder
        for parent in parents[:_DEEP]:
            inner = next((f for f in at.folders if f.name == parent), None) or _Folder(parent)
            at.folders += [inner] if inner not in at.folders else []
            at = inner
        suffix = PurePosixPath(name).suffix.lower()
        if suffix in READABLE:
            at.files.append(SourceFile(path, member))
        elif suffix in _UNOPENED:
            at.issues.append(_issue(f"{path}/{shown_name(member)}", "没有打开压缩文件里的压缩文件。", _UNPACK))
    return _lean(folder)


def _lean(folder: _Folder) -> _Folder:
    """Without the folders that hold nothing."""
    folder.folders = [f for f in map(_lean, folder.folders) if f.files or f.folders or f.issues]
    return folder


def shown_name(member: str) -> str:
    """A name in a zip as it was typed: Windows writes it in GBK and does not say so."""
    name = member.replace("\\", "/")
    if name.isascii():
        return name
    try:
        return name.encode("cp437").decode("gb18030")
    except UnicodeError:
        return name


def _issue(place: str, cause: str, mend: str) -> Issue:
    return Issue(Rule.UNREADABLE.code, Level.WARNING, cause, mend, place=SourceRef(place))


# ------------------------------------------------------------------------------------------------ what belongs together


def unit_in(name: str) -> str:
    """What a file's or folder's name says beyond years, numbers of attachments and the usual words: mostly the unit."""
    return _USUAL.sub("", _NUMBERED.sub("", name))


@record
class _Key:
    """What a name says of its packet: unit, year, and whether it is of a budget or of accounts; blank where it is silent."""

    unit: str
    year: str = ""
    material: str = ""

    def same(self, other: _Key) -> bool:
        """Whether both can be of one packet."""
        told = ((self.year, other.year), (self.material, other.material))
        return _alike(self.unit, other.unit) and all(a == b or not a or not b for a, b in told)


def _key(name: str) -> _Key:
    years = set(_YEAR.findall(name))
    material = "决算" if "决算" in name else "预算" if "预算" in name and not _ATTACHMENT.search(name) else ""
    return _Key(unit_in(name), years.pop() if len(years) == 1 else "", material)


def _alike(a: str, b: str) -> bool:
    """Whether two names are of one unit: the same, or one has its place in front (某县教育局, 教育局)."""
    short, long = sorted((a, b), key=len)
    return a == b or (len(short) >= _LONG and long.endswith(short) and _REGION.search(long[: -len(short)]) is not None)


def _packets(folder: _Folder) -> list[PacketSource]:
    own = _side_by_side(folder.files, folder.name)
    usual = [f for f in folder.folders if not unit_in(f.name)]
    others = [f for f in folder.folders if unit_in(f.name)]
    issues = [*folder.issues, *(i for f in usual for i in f.told())]
    inner = [f for u in usual for f in u.everything()]
    if len(own) == 1 and inner:
        own = [replace(own[0], files=[*own[0].files, *inner])]
    elif inner and not own:
        own = [PacketSource(folder.name, _one_of_each(inner)[0], _one_of_each(inner)[1])]
    elif inner:
        own += [p for u in usual for p in _packets(u)]
    if issues:
        told = own[0] if own else PacketSource(folder.name, ())
        own = [replace(told, issues=[*told.issues, *issues]), *own[1:]]
    return [*own, *(p for f in others for p in _packets(f))]


def _side_by_side(files: Sequence[SourceFile], folder: str) -> list[PacketSource]:
    """The packets of one folder's own files."""
    texts = [f for f in files if not _ATTACHMENT.search(f.name)]
    groups = _by_unit(texts)
    attached = [f for f in files if f not in texts]
    if len(groups) == 1:
        groups[0].extend(attached)
    elif groups:
        for file in attached:
            own = next((g for g in groups if _key(g[0].stem).same(_key(file.stem))), None)
            own.append(file) if own else groups.append([file])
    else:
        groups = _by_unit(attached)
    return [_packet(group, folder if len(groups) == 1 else "") for group in groups]


def _by_unit(files: Iterable[SourceFile]) -> list[list[SourceFile]]:
    """Groups of files whose names are of one unit; those that name none go with the only group, else together."""
    groups: dict[_Key, list[SourceFile]] = {}
    for file in sorted(files, key=lambda f: not unit_in(f.stem)):
        key = _key(file.stem)
        if not key.unit and len({k.unit for k in groups}) == 1:
            key = replace(key, unit=next(iter(groups)).unit)
        groups.setdefault(next((k for k in groups if k.same(key)), key), []).append(file)
    return list(groups.values())


def _packet(files: Sequence[SourceFile], folder: str) -> PacketSource:
    read, issues = _one_of_each(files)
    name = read[0].stem if len(read) == 1 or not folder else folder
    return PacketSource(name, read, issues)


def _one_of_each(files: Sequence[SourceFile]) -> tuple[list[SourceFile], list[Issue]]:
    """Texts first, attachments last; of a text in several formats the first one, with a word on the others."""
    by_stem: Mapping[tuple[str, bool], list[SourceFile]] = defaultdict(list)
    for file in files:
        by_stem[file.stem, file.suffix in _BOOKS].append(file)
    order = (*_TEXTS, *_BOOKS)
    read, issues = [], []
    for alike in by_stem.values():
        first, *rest = sorted(alike, key=lambda f: order.index(f.suffix) if f.suffix in order else len(order))
        read.append(first)
        issues += [_issue(r.place, f"与 {first.name} 是同一份，只读了 {first.name}。", "") for r in rest]
    read.sort(key=lambda f: (bool(_ATTACHMENT.search(f.name)), f.suffix in _BOOKS))
    return read, issues
