"""Files of settings that people edit beside templates: read within bounds, every fault with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from budgetgen.input import raw
from budgetgen.input.spelling import half_width
from budgetgen.input.yaml import read_yaml
from budgetgen.issues import Findings, Issue, Level, Rejected, SourceRef, near_miss, refusal
from budgetgen.model.extra_fields import CHOICE, KINDS, LISTED, ExtraField, OpenSetting
from budgetgen.office.files import plain_text
from budgetgen.records import record

MAX_BYTES = 2_000_000
UNKNOWN_KEY, WRONG_VALUE = "PROFILE-004", "PROFILE-005"
_Value = TypeVar("_Value")


def read_text(path: Path) -> str:
    """The text of a file as Windows, WPS or Linux editors save it: UTF-8 with or without a mark, UTF-16, or GBK.

    UnicodeDecodeError: it is none of them; OSError: it can't be read.
    """
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise OSError(f"超过 {MAX_BYTES // 1_000_000} MB")
    return plain_text(data)


class KeyedFile:
    """A YAML file whose `keys` (and those that stand `below` them) are known; gathers every fault before it stops."""

    def __init__(self, path: Path, keys: Iterable[str], below: Iterable[str] = ()) -> None:
        self._file = str(path)
        self._keys = tuple(keys)
        self._all = frozenset((*self._keys, *below))
        self._issues: list[Issue] = []
        self._root = self._read(path)

    def _read(self, path: Path) -> raw.Mapping | None:
        findings = Findings()
        try:
            text = read_text(path)
        except (OSError, UnicodeDecodeError) as e:
            cause = f"文件读不出来（{refusal(e)}）。"
            self.fault(WRONG_VALUE, cause, "用记事本打开，另存为 UTF-8。")
            return None
        empty = not any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines())
        root = None if empty else read_yaml(text, self._file, self._all, findings)
        self._issues += findings.issues()
        return root

    def entries(self) -> Iterator[raw.Entry]:
        """The top level's entries."""
        yield from self.entries_of(self._root, self._keys, "这里")

    def blocks(self) -> Iterator[raw.Entry]:
        """The top level's entries, whatever their keys."""
        yield from self.entries_of(self._root, None, "这里")

    def entries_of(self, node: raw.Node | None, keys: Iterable[str] | None, where: str) -> Iterator[raw.Entry]:
        """The entries below `node`, each key once and, where `keys` are given, one of them."""
        if node is None or (isinstance(node, raw.Scalar) and not node.text):
            return
        if not isinstance(node, raw.Mapping):
            self.fault(WRONG_VALUE, f"{where}要写成“键: 值”。", "照自带的写法改。", node.ref)
            return
        known = None if keys is None else tuple(keys)
        seen: set[str] = set()
        for entry in node.entries:
            if known is not None and entry.key not in known:
                cause = f"没有“{entry.key}”这个键{near_miss(entry.key, known) or '。'}"
                self.fault(UNKNOWN_KEY, cause, f"可以写的有：{'、'.join(known)}。", entry.ref)
            elif entry.key in seen:
                self.fault(UNKNOWN_KEY, f"“{entry.key}”写了两次。", "删去一个。", entry.ref)
            else:
                seen.add(entry.key)
                yield entry

    def items(self, entry: raw.Entry) -> tuple[raw.Node, ...]:
        """The items of the list under `entry`."""
        if isinstance(entry.value, raw.Sequence):
            return entry.value.items
        if not isinstance(entry.value, raw.Scalar) or entry.value.text:
            self.fault(WRONG_VALUE, f"“{entry.key}”要写成列表，每项前有“- ”。", "照自带的写法改。", entry.ref)
        return ()

    def text(self, entry: raw.Entry) -> str:
        """The text under `entry`."""
        if isinstance(entry.value, raw.Scalar):
            return entry.value.text
        self.fault(WRONG_VALUE, f"“{entry.key}”要写一段文字。", "照自带的写法改。", entry.ref)
        return ""

    def value(self, entry: raw.Entry, read: Callable[[str], _Value], form: str, otherwise: _Value) -> _Value:
        """The value under `entry` as `read` takes it; `form` says what it should be where that fails (ValueError)."""
        text = self.text(entry)
        try:
            return read(text)
        except (ValueError, ArithmeticError, KeyError):
            self.fault(WRONG_VALUE, f"“{entry.key}”写的是“{text}”，要写{form}。", "改过来。", entry.ref)
            return otherwise

    def fault(self, rule: str, cause: str, mend: str, place: SourceRef | None = None) -> None:
        """Keep a fault."""
        self._issues.append(Issue(rule, Level.ERROR, cause, mend, place=place or SourceRef(self._file)))

    def stop(self) -> None:
        """Rejected with all faults, where there are any."""
        if any(i.level is Level.ERROR for i in self._issues):
            raise Rejected(self._issues)


KEYS = {
    "中文名": "给人看的名称。",
    "继承": "自己没有的文件用哪个版式的。不写就什么都要自己有。",
    "默认": "写 true：数据文件没有写版式时用它。",
    "限额": "检查用的限额。",
    "评分": "绩效自评怎么评分。",
    "补充字段": "只有这个版式要填的项目，一项一条；填在“补充”里，模板里写 补充.键 或 补充.节.键。",
    "用词": "单位自己可以选的用词，一项一条；填在“用词”里，不填照版式。",
    "固定用语": "不随数据变、可以写死在模板里的带数的话，如 [单价50万元以上]；别的写死的数会指出来。",
    "规则": "把某条检查规则改成 关闭、提示、警告 或 错误，如 WITHIN-002: 警告。",
}
"""The keys of the file, and what each says."""
LIMITS = {"增减率": "与上年相比的增减率（%）超过它就要特别说明。"}
SCORING = {
    "执行分值": "预算执行的分值；不写是 10。",
    "等级": "等级的名称和各等最低的总分，如 {优: 90, 良: 80, 中: 60, 差: 0}，这也是不写时的。",
}
EXTRA = {
    "节": "几项合成一节，写同一个节名，节中有节的写 节.节；一节有许多条的写 节[]，一条一行；不写就单独一项。",
    "键": "填报和模板里的名称，必须写；用汉字、字母、数字，不以数字开头。",
    "名称": "印出来的名称；不写同键。",
    "种类": f"必须写：{'、'.join(KINDS)}。",
    "单位": "整数、小数的单位，如 台；金额不用写。",
    "选项": "种类是选项时的各个词，如 [是, 否]。",
    "说明": "怎么填。",
    "必填": "写 true：没有填就不能生成。",
    "空作零": "写 true：金额空着就是 0。",
    "上年带过来": "写 true：下一年照抄；写同一节另一项的键：下一年取那一项今年的数。不写就重新填。",
    "汇总相加": "写 true：部门的数是各单位之和。不写由部门自己填。",
}
"""The keys of one of 补充字段."""
OPEN = {
    "设置": "设置.j2 里的名称；设置里有几项的写 名称.项，如 千分位.总体。",
    "选项": "可以选的词：值就是词的写列表，如 [是, 否]；另有写法的写 {词: 值}，如 {点: '. ', 顿号: 、}。",
    "说明": "怎么选。",
}
"""The keys of one of 用词."""
LEVELS: Mapping[str, Level | None] = {"关闭": None, **{level.label: level for level in Level}}
_YES, _NO = ("true", "是"), ("false", "否", "")
_RULE_ID = re.compile(r"[A-Z]+-\d{3}")


@record
class Settings:
    """What one file says. `rules` holds None for a rule that is switched off; `parent_place` is where 继承 stands.

    `fixed` are 固定用语, `execution` is 评分's 执行分值 and `grades` its 等级, the best first; None and () where the file does not say.
    """

    title: str = ""
    parent: str = ""
    default: bool = False
    limits: Mapping[str, Decimal] = field(default_factory=dict)
    rules: Mapping[str, Level | None] = field(default_factory=dict)
    execution: Decimal | None = None
    grades: tuple[tuple[str, Decimal], ...] = ()
    parent_place: SourceRef | None = None
    extra_fields: tuple[ExtraField, ...] = ()
    fixed: tuple[str, ...] = ()
    wording: tuple[OpenSetting, ...] = ()


def read_settings(path: Path) -> Settings:
    """The settings in the file at `path`. Rejected with every fault of it."""
    state = path.stat()
    return _read(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=256)
def _read(path: Path, _changed: int, _size: int) -> Settings:
    file = KeyedFile(path, KEYS, (*LIMITS, *SCORING, *EXTRA, *OPEN))
    found: dict[str, raw.Entry] = {entry.key: entry for entry in file.entries()}

    def text(key: str) -> str:
        return file.text(found[key]) if key in found else ""

    execution, grades = _scoring(file, found.get("评分"))
    settings = Settings(
        title=text("中文名"),
        parent=text("继承"),
        default="默认" in found and file.value(found["默认"], truth, "true 或 false", otherwise=False),
        limits=_limits(file, found.get("限额")),
        rules=read_rules(file, found.get("规则")),
        execution=execution,
        grades=grades,
        parent_place=found["继承"].ref if "继承" in found else None,
        extra_fields=read_extra_fields(file, found.get("补充字段")),
        fixed=_phrases(file, found.get("固定用语")),
        wording=_open_settings(file, found.get("用词")),
    )
    file.stop()
    return settings


def _scoring(file: KeyedFile, entry: raw.Entry | None) -> tuple[Decimal | None, tuple[tuple[str, Decimal], ...]]:
    """What 评分 says: 执行分值, and the grades with the least 总分 of each, the best first."""
    said = {e.key: e for e in file.entries_of(entry.value if entry else None, SCORING, "“评分”下面")}
    points = said.get("执行分值")
    execution = file.value(points, _limit, "数，如 10", otherwise=Decimal(0)) if points else None
    grades = file.entries_of(said["等级"].value if "等级" in said else None, None, "“等级”下面")
    least = [(e.key, file.value(e, _limit, "数，如 90", otherwise=Decimal(0))) for e in grades]
    return execution, tuple(sorted(least, key=lambda grade: -grade[1]))


def _phrases(file: KeyedFile, entry: raw.Entry | None) -> tuple[str, ...]:
    """What 固定用语 lists."""
    items = file.items(entry) if entry else ()
    return tuple(n.text.strip() for n in items if isinstance(n, raw.Scalar) and n.text.strip())


def truth(text: str) -> bool:
    """`true`/`是` or `false`/`否`. ValueError: it is neither."""
    word = text.lower()
    if word not in (*_YES, *_NO):
        raise ValueError(text)
    return word in _YES


def _limits(file: KeyedFile, entry: raw.Entry | None) -> dict[str, Decimal]:
    inner = file.entries_of(entry.value if entry else None, LIMITS, "“限额”下面")
    return {e.key: file.value(e, _limit, "数，如 30", otherwise=Decimal(0)) for e in inner}


def _limit(text: str) -> Decimal:
    limit = Decimal(text.rstrip("%％"))
    if not limit.is_finite() or limit < 0:
        raise ValueError(text)
    return limit


def read_rules(file: KeyedFile, entry: raw.Entry | None) -> dict[str, Level | None]:
    """The rules under `entry` with the levels that it sets; None for one that is off."""
    rules: dict[str, Level | None] = {}
    for one in file.entries_of(entry.value if entry else None, None, "“规则”下面"):
        if not _RULE_ID.fullmatch(one.key):
            file.fault(UNKNOWN_KEY, f"“{one.key}”不是规则的编号。", "写编号，如 WITHIN-002。", one.ref)
            continue
        rules[one.key] = file.value(one, LEVELS.__getitem__, f"{'、'.join(LEVELS)}之一", otherwise=None)
    return rules


def read_extra_fields(file: KeyedFile, entry: raw.Entry | None) -> tuple[ExtraField, ...]:
    """What 补充字段 declares; keys and sections are told apart."""
    found: dict[tuple[str, str], ExtraField] = {}
    for node in file.items(entry) if entry else ():
        one = _extra_field(file, {e.key: e for e in file.entries_of(node, EXTRA, "每项")}, node.ref)
        if one is None:
            continue
        if (one.section, one.key) in found:
            file.fault(WRONG_VALUE, f"“{one.key}”声明了两次。", "留下一个。", node.ref)
        found[one.section, one.key] = one
    sections = {section.removesuffix(LISTED) for section, _ in found}
    for section, key in found:
        if (f"{section}.{key}" if section else key) in sections:
            file.fault(WRONG_VALUE, f"“{key}”既是一项又是一节。", "改一个名称。", entry.ref if entry else None)
    for one in found.values():
        other = found.get((one.section, one.follows))
        if one.follows and (other is None or other.kind not in _AMOUNTS or one.kind not in _AMOUNTS):
            cause = f"“{one.key}”的“上年带过来”写的是“{one.follows}”，要写 true、false 或同一节里一个金额的键。"
            file.fault(WRONG_VALUE, cause, "改过来。", entry.ref if entry else None)
    return tuple(found.values())


_AMOUNTS = frozenset({"金额", "可负金额"})


def _extra_field(file: KeyedFile, said: Mapping[str, raw.Entry], place: SourceRef) -> ExtraField | None:
    """One of 补充字段; None with a fault where it cannot be one."""
    texts = {k: file.text(e).strip() for k, e in said.items() if k != CHOICE}
    section, key, kind = (texts.get(k, "") for k in ("节", "键", "种类"))
    for name in filter(None, (*section.split("."), key)):
        if not (name if name == key else name.removesuffix(LISTED)).isidentifier():
            cause = f"“{name}”不能用作键或节。"
            file.fault(WRONG_VALUE, cause, "用汉字、字母、数字，不以数字开头，不用标点和空格。", place)
            return None
    if not key or kind not in KINDS:
        cause = f"“{key}”没有写“种类”，或写得不对。" if key else "有一项没有写“键”。"
        file.fault(WRONG_VALUE, cause, f"写明键和种类；种类是{'、'.join(KINDS)}之一。", place)
        return None
    items = file.items(said[CHOICE]) if CHOICE in said else ()
    words = tuple(item.text.strip() for item in items if isinstance(item, raw.Scalar))
    if (kind == CHOICE) != bool(words):
        file.fault(WRONG_VALUE, f"“{key}”的“选项”不对。", "种类是选项的，写出各个词，如 选项: [是, 否]。", place)
        return None

    def holds(name: str) -> bool:
        return name in said and file.value(said[name], truth, "true 或 false", otherwise=False)

    carried = texts.get("上年带过来", "")
    follows = "" if carried.lower() in (*_YES, *_NO) else carried
    return ExtraField(
        key, kind, section, texts.get("名称", ""), texts.get("单位", ""), texts.get("说明", ""), words,
        required=holds("必填"), zero=holds("空作零"), carried=carried.lower() in _YES, follows=follows, summed=holds("汇总相加"),
    )  # fmt: skip


def _open_settings(file: KeyedFile, entry: raw.Entry | None) -> tuple[OpenSetting, ...]:
    """What 用词 declares."""
    found: dict[str, OpenSetting] = {}
    for node in file.items(entry) if entry else ():
        said = {e.key: e for e in file.entries_of(node, OPEN, "每项用词")}
        name, note = (file.text(said[key]).strip() if key in said else "" for key in ("设置", "说明"))
        if not name or not all(part.isidentifier() for part in name.split(".")):
            file.fault(
                WRONG_VALUE, f"“{name}”不能用作设置的名称。", "写 设置.j2 里的名称，如 增率、千分位.总体。", node.ref
            )
        elif name in found:
            file.fault(WRONG_VALUE, f"“{name}”声明了两次。", "留下一个。", node.ref)
        else:
            found[name] = OpenSetting(name, _choices(file, name, said.get(CHOICE), node.ref), note)
    return tuple(found.values())


def _choices(file: KeyedFile, name: str, entry: raw.Entry | None, place: SourceRef) -> tuple[tuple[str, str], ...]:
    """The words that may be chosen, each with the value that it stands for."""
    if entry is not None and isinstance(entry.value, raw.Mapping):
        found = tuple((e.key.strip(), file.text(e)) for e in file.entries_of(entry.value, None, "“选项”下面"))
    else:
        items = file.items(entry) if entry else ()
        found = tuple((n.text.strip(), n.text.strip()) for n in items if isinstance(n, raw.Scalar))
    for word, _ in found:
        if half_width(word) != word:
            mend = "换一个词，写成“词: 值”，如 {括号: （一）}。"
            file.fault(WRONG_VALUE, f"“{word}”不能作选项的词，填的时候会变成“{half_width(word)}”。", mend, place)
    if len({word for word, _ in found if word}) < 2:  # noqa: PLR2004 - one of two
        file.fault(WRONG_VALUE, f"“{name}”的“选项”至少要两个词。", "如 选项: [是, 否]。", entry.ref if entry else place)
    return found


LIST = "名词解释"
_KEYS = ("名词", "解释", "起", "止")


@record
class Term:
    """One term. It holds for the years from `first` to `last`, both included; 0 leaves that end open."""

    name: str
    text: str
    first: int = 0
    last: int = 0

    def holds(self, year: int) -> bool:
        """Whether the text is that of `year`."""
        return self.first <= year and (not self.last or year <= self.last)


def read_glossary(path: Path) -> tuple[Term, ...]:
    """Every term of the file at `path`. Rejected with every fault of it."""
    state = path.stat()
    return _read_terms(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=64)
def _read_terms(path: Path, _changed: int, _size: int) -> tuple[Term, ...]:
    file = KeyedFile(path, (LIST,), _KEYS)
    terms = [_term(file, item) for entry in file.entries() for item in file.items(entry)]
    file.stop()
    return tuple(terms)


def _term(file: KeyedFile, node: raw.Node) -> Term:
    found = {entry.key: entry for entry in file.entries_of(node, _KEYS, "每个名词")}
    for key in _KEYS[:2]:
        if key not in found or not file.text(found[key]).strip():
            file.fault(UNKNOWN_KEY, f"这个名词没有写“{key}”。", "补上。", node.ref)
    years = [file.value(found[k], int, "年份，如 2020", otherwise=0) if k in found else 0 for k in _KEYS[2:]]
    texts = [file.text(found[k]).strip() if k in found else "" for k in _KEYS[:2]]
    return Term(texts[0], texts[1], *years)
