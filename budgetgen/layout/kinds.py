"""Kinds of packets (`kinds/*.yaml`): the files that one consists of, what they are called, what an input has to tell for it.

A kind is looked for in the same folders as a 版式 (`resources.shelves`), the nearest first. Users name it by its 中文名 or
by the name of its file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from pathlib import Path, PurePath
from string import Formatter

from budgetgen.input import raw
from budgetgen.issues import Issue, Level, Rejected, near_miss
from budgetgen.layout.settings import EXTRA, WRONG_VALUE, KeyedFile, read_extra_fields, read_rules, truth
from budgetgen.model.extra_fields import ExtraField, tops
from budgetgen.records import record
from budgetgen.resources import Shelf, shelves

KEYS = {
    "中文名": "给人看的名称，数据文件里的“材料”写它。",
    "默认": "写 true：数据文件没有写材料时用它。",
    "文件夹": "一套材料的文件夹叫什么，用 {单位} 和 {年度}。",
    "要填": "数据文件里必须填的部分。",
    "部分": "填报表、指南里有哪些部分；不写就是全部。",
    "只填": "数据文件只填了这一部分时，不写材料也用它。",
    "文件": "有哪些文件。",
    "主要数": "批量结果里列出的数：列名和算出的数的名称。",
    "补充字段": "只有这种材料要填的项目，写法同版式的补充字段，填在数据文件的第一层。",
    "规则": "把某条检查规则改成 关闭、提示、警告 或 错误。",
    "带入": "哪些项目从别的材料带过来，带过来的也用来核对。",
}
"""The keys of the file, and what each says."""
FILE_KEYS = {
    "模板": "模板的文件名，放在版式的 xlsx 或 docx 文件夹里。",
    "名称": "写出的文件叫什么，用 {单位} 和 {年度}；不写就是单位、年度和模板的文件名。",
    "称呼": "文件在表格和说明里的简称。",
    "当": "名称表里的一个名称，有数或为真时才有这个文件。",
    "附件": "写 true：它的表在文本里是附件，标题不进目录。",
}
CARRY_KEYS = {
    "从": "哪种材料。",
    "年度": "它是本年的还是上年的：写 本年 或 上年。",
    "文件": "数据文件里哪一项写着它的文件名。",
    "各项": "带什么，一处一条。",
}
ITEM_KEYS = {
    "到": "填在哪一节，如 三公经费.公务接待费。",
    "逐行": "这一节是列表时写，如 行 in 预算.财政拨款项：那边一行，这边一行。",
    "键": "列表里哪几项相同就是同一行，各是那边的什么。",
    "取": "各项取那边的什么。",
    "待填": "新添的行里还要填的项目。",
}
SUFFIXES = ("xlsx", "docx")
_FIELDS = frozenset({"单位", "年度"})
_FILE_NAME = "{单位}{年度}年度"
_FOLDER = "{单位}-{年度}"


@record
class PacketFile:
    """One file of a kind: its template, its printed name, how it is called, and when there is one (a name of the tree)."""

    template: str
    name: str
    label: str
    when: str = ""
    attached: bool = False

    @property
    def suffix(self) -> str:
        """`xlsx` or `docx`: the folder that its template is in."""
        return PurePath(self.template).suffix.lower().removeprefix(".")


@record
class CarriedItem:
    """What goes into one section (`target`, a path), key → expression over the other packet's names.

    In a list, `each` is a loop over the other packet's rows, `same` (key → expression) tells which row is which, and `asked`
    are the paths in a new row that are still to be filled in.
    """

    target: str
    each: str
    same: tuple[tuple[str, str], ...]
    takes: tuple[tuple[str, str], ...]
    asked: tuple[str, ...]


@record
class Carry:
    """What a kind takes from packets of the kind `source`, of this year or the `prior` one; `field` names such a file."""

    source: str
    prior: bool
    field: str
    items: tuple[CarriedItem, ...]


@record
class Kind:
    """One kind of packet. `name` is its file's, `title` what users call it; `state` is the size and time of its file."""

    name: str
    title: str
    folder: str
    files: tuple[PacketFile, ...]
    needed: tuple[str, ...] = ()
    sections: frozenset[str] = frozenset()
    alone: str = ""
    totals: tuple[tuple[str, str], ...] = ()
    rules: tuple[tuple[str, Level | None], ...] = ()
    default: bool = False
    state: tuple[str, int, int] = ("", 0, 0)
    extra_fields: tuple[ExtraField, ...] = ()
    carries: tuple[Carry, ...] = ()

    def carry(self, source: Kind, years: int) -> Carry | None:
        """What it takes from packets of the kind `source` that are so many `years` older."""
        found = (c for c in self.carries if c.source in (source.title, source.name) and c.prior == bool(years))
        return next(found, None) if years in (0, 1) else None

    @property
    def required_files(self) -> tuple[PacketFile, ...]:
        """The files that every packet of it has."""
        return tuple(f for f in self.files if not f.when)

    def of(self, suffix: str) -> tuple[PacketFile, ...]:
        """Its workbooks (`xlsx`) or its documents (`docx`)."""
        return tuple(f for f in self.files if f.suffix == suffix)


def kinds(places: Sequence[Shelf] | None = None) -> tuple[Kind, ...]:
    """The kinds that there are, the one marked 默认 first. Rejected with every fault of their files."""
    found: dict[str, Kind] = {}
    for shelf in places or shelves():
        for path in shelf.kinds():
            found.setdefault(path.stem, _kind_in(path))
    return tuple(sorted(found.values(), key=lambda kind: (not kind.default, kind.name)))


def read_kind(name: str = "", places: Sequence[Shelf] | None = None, told: Collection[str] = ()) -> Kind:
    """The kind of that name; without one, that of an input which tells no more than the sections `told`, else the default.

    Rejected where there is none of that name.
    """
    there = kinds(places)
    if name:
        for kind in there:
            if name in (kind.title, kind.name):
                return kind
        titles = [kind.title for kind in there]
        cause = f"没有“{name}”这种材料{near_miss(name, titles) or '。'}"
        raise Rejected([Issue("PROFILE-009", Level.ERROR, cause, f"可以写的有：{'、'.join(titles)}。", "材料")])
    alone = next((kind for kind in there if kind.alone and set(told) == {kind.alone}), None)
    return alone or there[0]


def _kind_in(path: Path) -> Kind:
    state = path.stat()
    return _read(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=64)
def _read(path: Path, changed: int, size: int) -> Kind:
    file = KeyedFile(path, KEYS, (*FILE_KEYS, *EXTRA, *CARRY_KEYS, *ITEM_KEYS))
    found: dict[str, raw.Entry] = {entry.key: entry for entry in file.entries()}

    def text(key: str, otherwise: str = "") -> str:
        return file.text(found[key]).strip() if key in found else otherwise

    def texts(key: str) -> tuple[str, ...]:
        nodes = file.items(found[key]) if key in found else ()
        return tuple(node.text.strip() for node in nodes if isinstance(node, raw.Scalar))

    def pairs(key: str) -> tuple[raw.Entry, ...]:
        return tuple(file.entries_of(found[key].value if key in found else None, None, f"“{key}”下面"))

    own = read_extra_fields(file, found.get("补充字段"))
    sections = frozenset(texts("部分"))
    nodes = file.items(found["文件"]) if "文件" in found else ()
    kind = Kind(
        name=path.stem,
        title=text("中文名", path.stem),
        folder=_pattern(file, found.get("文件夹"), _FOLDER),
        files=tuple(_file(file, node) for node in nodes),
        needed=texts("要填"),
        sections=sections | tops(own) if sections else sections,
        alone=text("只填"),
        totals=tuple((e.key, file.text(e).strip()) for e in pairs("主要数")),
        rules=tuple(read_rules(file, found.get("规则")).items()),
        default="默认" in found and file.value(found["默认"], truth, "true 或 false", otherwise=False),
        state=(str(path), changed, size),
        extra_fields=own,
        carries=tuple(_carry(file, node) for node in (file.items(found["带入"]) if "带入" in found else ())),
    )
    if not kind.files:
        file.fault(WRONG_VALUE, "没有写“文件”。", "至少写一个：- {模板: 某表.xlsx}。")
    file.stop()
    return kind


def _file(file: KeyedFile, node: raw.Node) -> PacketFile:
    found = {entry.key: entry for entry in file.entries_of(node, FILE_KEYS, "每个文件")}
    template = file.text(found["模板"]).strip() if "模板" in found else ""
    path = PurePath(template)
    if path.name != template or path.suffix.lower().removeprefix(".") not in SUFFIXES:
        file.fault(WRONG_VALUE, f"“模板”写的是“{template}”，要写文件名，以 .xlsx 或 .docx 结尾。", "改过来。", node.ref)
    name = _pattern(file, found.get("名称"), f"{_FILE_NAME}{template}")
    if PurePath(name).suffix.lower() != path.suffix.lower():
        file.fault(WRONG_VALUE, f"“名称”{name} 的结尾与模板 {template} 不同。", "改成一样的结尾。", node.ref)
    return PacketFile(
        template,
        name,
        file.text(found["称呼"]).strip() if "称呼" in found else path.stem,
        file.text(found["当"]).strip() if "当" in found else "",
        "附件" in found and file.value(found["附件"], truth, "true 或 false", otherwise=False),
    )


_THIS, _LAST = "本年", "上年"


def _carry(file: KeyedFile, node: raw.Node) -> Carry:
    found = {entry.key: entry for entry in file.entries_of(node, CARRY_KEYS, "“带入”的每条")}
    told = {key: file.text(found[key]).strip() if key in found else "" for key in CARRY_KEYS if key != "各项"}
    if told["年度"] not in (_THIS, _LAST):
        file.fault(WRONG_VALUE, f"“年度”写的是“{told['年度']}”，要写 {_THIS} 或 {_LAST}。", "改过来。", node.ref)
    items = file.items(found["各项"]) if "各项" in found else ()
    return Carry(told["从"], told["年度"] == _LAST, told["文件"], tuple(_carried(file, item) for item in items))


def _carried(file: KeyedFile, node: raw.Node) -> CarriedItem:
    found = {entry.key: entry for entry in file.entries_of(node, ITEM_KEYS, "每处")}

    def text(key: str) -> str:
        return file.text(found[key]).strip() if key in found else ""

    def pairs(key: str) -> tuple[tuple[str, str], ...]:
        inner = file.entries_of(found[key].value if key in found else None, None, f"“{key}”下面")
        return tuple((e.key, file.text(e).strip()) for e in inner)

    each = text("逐行")
    if each and " in " not in each:
        file.fault(WRONG_VALUE, f"“逐行”写的是“{each}”，要写成 行 in 列表。", "改过来。", node.ref)
    asked = file.items(found["待填"]) if "待填" in found else ()
    return CarriedItem(
        text("到"), each, pairs("键"), pairs("取"), tuple(n.text.strip() for n in asked if isinstance(n, raw.Scalar))
    )


def _pattern(file: KeyedFile, entry: raw.Entry | None, usual: str) -> str:
    """A name with {单位} and {年度} in it."""
    written = file.text(entry).strip() if entry else usual
    try:
        fields = {name for _, name, spec, _ in Formatter().parse(written) if name is not None or spec}
    except ValueError:
        fields = {None}
    if fields - _FIELDS:
        file.fault(WRONG_VALUE, f"“{written}”里只能用 {{单位}} 和 {{年度}}。", "改过来。", entry.ref if entry else None)
        return usual
    return written


def lacking(kind: Kind, told: Iterable[str]) -> tuple[str, ...]:
    """The sections that a packet of that kind needs and the input, which tells the sections `told`, does not."""
    there = set(told)
    return tuple(section for section in kind.needed if section not in there)
