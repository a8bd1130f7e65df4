"""What is wrong, where, and how it is mended: the one form in which every step reports, and the reader's rules."""

from __future__ import annotations

import errno
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from enum import Enum, IntEnum
from typing import NamedTuple
from unicodedata import category

from budgetgen.records import record

FORBIDDEN = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]"
"""What no XML file can hold, as a pattern; none of it is printable."""
MOST_ISSUES = 100
"""A file that is wrong from end to end is told so; more lines than this help nobody."""


_LONGEST_NAME = 60
"""What is longer is no mistyped name, and takes long to hold against others."""


class Level(IntEnum):
    """How grave an issue is. An error stops a packet from being written."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The level as users read it."""
        return {Level.NOTE: "提示", Level.WARNING: "警告", Level.ERROR: "错误"}[self]


class SourceRef(NamedTuple):
    """Where a value was read: a line of a text file (counted from 1) or a cell of a workbook."""

    file: str
    line: int = 0
    cell: str = ""

    def __str__(self) -> str:
        file = visible(self.file)
        if self.cell:
            return f"{file} {self.cell}"
        return f"{file}:{self.line}" if self.line else file


@record
class Issue:
    """One finding.

    `rule` is the id of the rule that found it (`INPUT-003`, `CROSS-012`), `path` the value's path in the accounts
    (`收支明细[2013102].支出.项目`), `place` where a person finds it, `cause` what is wrong with both figures, `mend`
    what to do. `paths` are all input values that the finding rests on, `figures` the names and amounts it holds against
    each other, `difference` what lies between them; `waived` is the reason for which the unit lets it stand.
    """

    rule: str
    level: Level
    cause: str
    mend: str = ""
    path: str = ""
    place: SourceRef | None = None
    paths: tuple[str, ...] = ()
    figures: tuple[tuple[str, str], ...] = ()
    difference: str = ""
    waived: str = ""

    @property
    def stops(self) -> bool:
        """Whether it keeps a packet from being written."""
        return self.level is Level.ERROR and not self.waived

    def __str__(self) -> str:
        where = f"{self.place} " if self.place else ""
        what = f"{self.path}：" if self.path else ""
        mend = f" {self.mend}" if self.mend else ""
        return f"{where}{self.level.label} {self.rule} {what}{self.cause}{mend}"


class Rejected(Exception):  # noqa: N818 - it carries findings about the user's input, not a failure of the program
    """A step could not give a result; `issues` say why."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__("\n".join(map(str, self.issues)))


def visible(text: str) -> str:
    r"""`text` with what can't be shown as escapes: bytes of a name that is no UTF-8 (`\xb2`), control and hidden characters."""
    if text.isprintable():
        return text
    return "".join(_escape(c) if c not in "\n\t" and unicodedata.category(c) in _HIDDEN else c for c in text)


_HIDDEN = frozenset({"Cc", "Cf", "Cs"})
_BYTES = range(0xDC80, 0xDD00)  # how Python keeps a byte of a name that is no character


def _escape(character: str) -> str:
    code = ord(character)
    if code in _BYTES:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}"


_REFUSALS = {
    errno.ENOENT: "没有这个文件或文件夹", errno.EACCES: "没有权限", errno.EPERM: "没有权限", errno.EROFS: "这里只能读",
    errno.ENOSPC: "磁盘满了", errno.EISDIR: "是文件夹", errno.ENOTDIR: "路径里有一段不是文件夹", errno.EBUSY: "被别的程序占着",
    errno.ENAMETOOLONG: "名称太长", errno.EEXIST: "已经有了", errno.EADDRINUSE: "已被占用", errno.EMFILE: "打开的文件太多",
}  # fmt: skip


def refusal(error: Exception) -> str:
    """Why the system refused, in Chinese; its own words where there are no others."""
    code = getattr(error, "errno", None)
    return _REFUSALS.get(code or 0, "") or getattr(error, "strerror", "") or str(error)


def near_miss(name: str, known: Iterable[str]) -> str:
    """`，是否想写“…”？` with the nearest known name, or an empty text where none is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - most runs find nothing wrong

    if len(name) > _LONGEST_NAME:
        return ""
    candidates = [k for k in known if k and k != name]
    close = get_close_matches(name, candidates, n=1, cutoff=0.5)
    if not close:
        close = [k for k in candidates if name and (name in k or k in name)][:1]
    return f"，是否想写“{close[0]}”？" if close else ""


def invisible_characters(text: str) -> list[str]:
    """Characters of `text` that nobody sees and that turn, join or part what stands around them, as `U+202E`."""
    if text.isprintable():
        return []
    return sorted({f"U+{ord(c):04X}" for c in text if category(c) == "Cf"})


def forbidden_characters(text: str) -> list[str]:
    """Characters of `text` that no XML file can hold, as `U+0001`."""
    return (
        [] if text.replace("\n", "").isprintable() else sorted({f"U+{ord(c):04X}" for c in re.findall(FORBIDDEN, text)})
    )


class Rule(Enum):
    """Id, Chinese name and mend of each rule of the reader. An id never changes its meaning."""

    UNREADABLE = ("INPUT-001", "文件读不到", "核对文件名和所在的文件夹；被别的程序占着的，先关掉")
    FILE_KIND = ("INPUT-002", "文件种类不支持", "用 YAML（.yaml）、填报表（.xlsx），或公开的九张表（.xlsx、.docx）")
    TOO_LARGE = ("INPUT-003", "文件太大、层次或内容太多", "删去用不到的内容；确实这么大的，分成几份")
    ENCODING = ("INPUT-004", "文字编码", "用记事本另存为，“编码”选 UTF-8")
    CHARACTER = ("INPUT-005", "不能用的字符", "删去这个看不见的字符，或重新打一遍")
    SYNTAX = ("INPUT-006", "YAML 写法", "照所说的那一行改：冒号后空一格，缩进用空格，引号成对")
    UNSUPPORTED = ("INPUT-007", "不支持的 YAML 写法", "写成普通的“键: 值”或列表")
    NO_CONTENT = ("INPUT-008", "没有内容，或不是“键: 值”", "照 budgetgen new --yaml 给的样子写")
    UNKNOWN_KEY = ("INPUT-009", "没有这个键", "改成所说的近似的键；不要的删去")
    DUPLICATE_KEY = ("INPUT-010", "键重复", "留下对的一个，删去另一个")
    MISSING = ("INPUT-011", "缺少必填项", "补上这一项")
    SHAPE = ("INPUT-012", "该是列表、一组键值或一个值", "照填报指南里这一项的样子写")
    AMOUNT = ("INPUT-013", "金额写法", "只写数字，不带单位、文字；单位看文件开头的“金额单位”")
    NORMALISED = ("INPUT-014", "数的写法已规范", "不用改；想去掉提示，就照所说的写")
    COUNT = ("INPUT-015", "整数写法", "写不带小数、不带单位的整数")
    CHOICE = ("INPUT-016", "可选的词", "写列出的词中的一个")
    BLANK = ("INPUT-017", "留空", "填上；没有的写 0 或 无")
    SENTENCE_MARK = ("INPUT-018", "句末标点", "删去句末的标点，句子由模板接上")
    NEGATIVE = ("INPUT-019", "负数", "核对正负；确实是负数的，看填报指南里哪些项可以")
    RANGE = ("INPUT-020", "超出范围", "核对这个数，多半是打错或单位不对")
    PENDING = ("INPUT-021", "还没有填", "把【待填写】换成内容；不填只能生成草稿")
    CODE_DIGITS = ("INPUT-022", "编码写法", "编码只写数字：类 3 位，款 5 位，项 7 位")
    SCORE = ("INPUT-023", "分数写法", "分数写数字，至多两位小数，不带“分”")
    LINE_BREAK = ("INPUT-024", "换行", "写成一行；要分段的，一段写一项")
    SHEET = ("INPUT-025", "工作表缺少或重复", "从 budgetgen new 给的填报表补上这张工作表，不改名")
    HEADER = ("INPUT-026", "表头或项目不认识", "表头和项目的名称照原样，不改不删")
    CELL = ("INPUT-027", "单元格里不是能用的值", "改成数字或文字；公式要有算好的值，没有错误值")
    MERGED = ("INPUT-028", "数据里有合并单元格", "取消合并，每格各填")
    IGNORED = ("INPUT-029", "没有读的内容", "要读的，写到所说的地方；不要的不用管")
    DUPLICATE_ITEM = ("INPUT-030", "列表里同名的两项", "合成一项，或把名称写得不同")
    TABLE_FOUND = ("INPUT-041", "找到的公开表", "核对找到的是不是这张表")
    TABLE_MISSING = ("INPUT-042", "没有找到的公开表", "核对文件里有没有这张表；没有的，缺的项自己填")
    TABLE_TWICE = ("INPUT-043", "同一张公开表找到两处", "删去多的一处")
    TABLE_CELL = ("INPUT-044", "公开表的单元格", "改这一格")
    TABLE_ROW = ("INPUT-045", "公开表里认不出的行和栏", "核对这一行、这一栏；要用的数自己填")
    TABLE_UNIT = ("INPUT-046", "公开表的金额单位", "在表头写明“单位：元”或“单位：万元”")
    TABLE_TOTAL = ("INPUT-047", "公开表两处合计不同", "核对两张表，改错的一处")
    TABLE_ASSUMED = ("INPUT-048", "公开表分不出、暂记在一处的数", "核对记在哪里，不对的移过去")
    TABLE_UNTOLD = ("INPUT-049", "公开表里没有的必填项", "表里没有，自己填上")
    TABLE_DERIVED = ("INPUT-050", "公开材料没有写、由别的数算出的数", "核对；不对的改过来")
    INVISIBLE = ("INPUT-051", "看不见的字符", "删去看不见的字符，或重新打一遍")
    TOLD_TWICE = ("INPUT-052", "句子里已有的话", "原因只写是什么，不写“主要是因为”“决算数大于预算数的原因是”")
    SENTENCE_END = ("INPUT-053", "没有句号", "单独成句的话，末尾写句号")
    NOT_AN_ITEM = ("CODE-001", "不是项级科目", "写 7 位的项级科目")
    UNKNOWN_ITEM = ("CODE-002", "科目表没有的功能科目", "核对编码；当年新设的，在“项名称”里写上名称")
    REPEATED_LINE = ("CODE-003", "同一科目、同一资金写了两次", "合成一行，或改一行的资金")
    NOT_FISCAL = ("CODE-004", "财政资金的行有非财政收支", "非财政的收支另写一行，资金写“非财政拨款”")
    FISCAL = ("CODE-005", "非财政拨款的行有财政拨款", "财政拨款另写一行，或改资金")
    UNKNOWN_ECONOMIC = ("CODE-006", "科目表没有的经济分类款", "核对编码：经济分类的款是 5 位")
    NOT_BASIC = ("CODE-007", "表 06 不列的经济分类", "核对：基本支出的经济分类才列在这张表")
    UNKNOWN_CLASS = ("CODE-008", "科目表没有的功能科目类", "核对编码的前三位；确有的，在“类名称”里写上名称")
    TWO_NAMES = ("CODE-009", "同一科目写了两个名称", "留一个名称")

    def __init__(self, code: str, title: str, mend: str) -> None:
        self.code = code
        self.title = title
        self.mend = mend


class Known(NamedTuple):
    """What there is to say of a rule: what it wants, the level of its issues (blank: by the case), the mend, the source."""

    title: str
    level: str = ""
    mend: str = ""
    source: str = ""


REGISTER: Mapping[str, Known] = {
    "CHECK-001": Known(
        "规则写得通", "错误", "改这条规则的写法，或在版式里关闭它", "规则文件里的表达式读不懂，或用了没有的名称"
    ),
    "COMPLETE-001": Known(
        "要打印的数都填了", "错误", "填上；确实没有的填 0", "表格或句子要用这个数；确实没有的填 0。不能关闭、不能豁免"
    ),
    "COMPLETE-002": Known(
        "要打印的文字都填了", "警告", "填上后再生成一次", "句子要用这段文字；没有填的写成草稿。不能关闭、不能豁免"
    ),
    "COMPLETE-008": Known(
        "豁免都用得上", "提示", "问题已经改好的，删去豁免；否则核对编号和路径", "没有用到的豁免应删去"
    ),
    "COMPLETE-009": Known("没填的内容不能豁免", "警告", "填上内容，删去这条豁免", "没填的内容不能公开"),
    "COMPLETE-010": Known(
        "填了的都印得出来",
        "提示",
        "不想公开的可以不填；要印的，换版式或改模板",
        "这个版式的表和句子里没有用到的项目，填了也不公开",
    ),
    "YEAR-009": Known(
        "上年文件、预算文件、决算文件读得出来",
        "错误",
        "核对写的路径和那个文件",
        "写的是相对本文件的路径，那个文件本身没有错误",
    ),
    "YEAR-011": Known(
        "与预算、上年决算一致",
        "警告",
        "核对两份材料；确有调整的，可以豁免",
        "年初预算、上年预算、上年执行数等，照预算文件、上年文件、决算文件核对",
    ),
    "YEAR-012": Known(
        "用来核对的材料是本单位该年度的",
        "按情形",
        "换成对的那份，或不写",
        "预算文件是当年的部门预算，决算文件是上年的决算；审核时的上年公开是上年的，单位数据、单位预算是同一年的",
    ),
    "DEPT-001": Known(
        "决算单位的数据读得出来",
        "错误",
        "核对路径，改好那个文件",
        "数据文件在所写的地方，本身没有读不懂的地方。不能豁免",
    ),
    "DEPT-002": Known(
        "决算单位的数据是同一年度的", "错误", "换成同一年度的数据文件", "部门决算由同一年度的单位决算汇总。不能豁免"
    ),
    "DEPT-003": Known(
        "一个决算单位只汇总一次", "错误", "删去重复的一处", "直接列的和下级部门里的合起来不重复。不能豁免"
    ),
    "DEPT-004": Known(
        "部门不汇总自己", "错误", "从决算单位里去掉本部门", "决算单位的数据里不能又有本部门；逐级汇总不能太深。不能豁免"
    ),
    "DEPT-005": Known(
        "各决算单位和本级都有数据", "错误", "补上缺的数据文件", "少一个单位，汇总数就少一块。本级以外的不能豁免"
    ),
    "DEPT-006": Known("决算单位本身没有错误", "错误", "先改好那个单位", "单位有错误，汇总数也不对"),
    "DEPT-007": Known("决算单位不是草稿", "警告", "先填好那个单位", "单位还有没填的，部门也只是草稿。不能豁免"),
    "DEPT-008": Known("决算单位的名称与它的数据一致", "警告", "改成同一个名称", "部门里写的名称印在正文"),
    "DEPT-009": Known(
        "部门写的数等于各单位之和",
        "错误",
        "删去部门写的数，或核对各单位",
        "错误的以各单位之和为准；数量、上年数、自评是警告，以部门写的为准",
    ),
    "DEPT-010": Known("各单位都填了同样的事项", "提示", "由部门自己填", "有单位没有填的，汇总不出，要由部门自己填"),
    "DEPT-011": Known(
        "部门写了原因的科目，单位里有", "警告", "核对编码，或删去这一行", "没有单位用这个科目，这一行不汇总"
    ),
    "DEPT-012": Known(
        "各单位的科目名称一致", "错误", "改成同一个名称，或由部门写一个", "同一编码只能有一个名称，部门可以自己写一个"
    ),
    "DEPT-013": Known("内部往来两边一致", "错误", "核对收付双方的金额", "收付双方都写，金额相同，才能抵销"),
    "DEPT-014": Known(
        "内部往来都已抵销",
        "警告",
        "补上没有写的内部往来",
        "上级补助收入与对附属单位补助支出、附属单位上缴收入与上缴上级支出",
    ),
    "DEPT-015": Known(
        "有内部往来的，上年数由部门填", "警告", "由部门填上年数", "各单位上年数之和没有抵销上年的内部往来"
    ),
    "PROFILE-001": Known("有这个版式", "错误", "改成列出的版式，或用 --templates 指出它在哪个文件夹"),
    "PROFILE-002": Known("版式的文件齐全", "错误", "补上这个文件，或写明继承哪个版式"),
    "PROFILE-003": Known("版式的继承找得到头", "错误", "改“继承”：写有的版式，不绕圈"),
    "PROFILE-004": Known("版式的设置里只有认识的键", "错误", "改成所说的键，或删去"),
    "PROFILE-005": Known("版式的设置写得对", "错误", "照模板维护第五节的表改"),
    "PROFILE-006": Known("模板文件夹找得到", "错误", "核对 --templates 或 BUDGETGEN_TEMPLATES 写的路径"),
    "PROFILE-007": Known("版式里改的规则都有，都能改", "警告", "改正编号，或删去这一行"),
    "PROFILE-008": Known("新建版式、取文件时名称和文件没有问题", "错误", "照提示改名称；已有的文件先挪开"),
    "PROFILE-009": Known("有这种材料", "错误", "“材料”改成列出的一种；不写就是决算公开"),
    "TEMPLATE-001": Known("模板填得出来", "错误", "改所说的标签；见模板维护第十四节"),
    "TEMPLATE-002": Known("模板文件读得到", "错误", "核对文件是否完好、有没有读的权限"),
    "TEMPLATE-003": Known("模板用的名称都有，只说数、不算数", "错误", "换成名称表里的名称"),
    "TEMPLATE-004": Known(
        "版式印的数从公开的材料读得回来",
        "警告",
        "决算的，在 config/reading/final-accounts.yaml 里按这句话加一种写法；别的材料，改写法一样的一处",
    ),
    "TEMPLATE-005": Known(
        "模板里没有写死的数",
        "警告",
        "换成标签；确实不变的，写进版式设置的“固定用语”",
        "年份、编码、序号、文号以外的数都从数据来，换了单位、年度才会跟着变",
    ),
    "TEXT-017": Known(
        "文字里的数与数据一起核对", "提示", "改数据时一起核对", "单位自己写的文字里的数，数据改了不会跟着变"
    ),
    "OUTPUT-001": Known("要写的文件夹能用", "错误", "换一个文件夹，或关掉占着它的程序"),
    "OUTPUT-002": Known("要写的地方没有同名的文件", "错误", "用 -o 指定另一个文件夹"),
    "OUTPUT-003": Known("文件写得进去", "错误", "关掉打开着这个文件的程序，再做一次"),
    "OUTPUT-004": Known("文件夹里没有以前的草稿", "提示", "以后不用就删去，别拿去公开"),
    "OUTPUT-006": Known("磁盘放得下", "错误", "腾出地方，再做一次"),
    "OUTPUT-007": Known("有人改过的文件留了一份", "警告", "要留的改动，写进数据或模板，再生成"),
    "OUTPUT-008": Known("要写的文件还没有", "错误", "换一个名称；确实要盖掉的，加 --overwrite"),
    "VERIFY-001": Known("写出的文件读得回来", "错误", "重新生成；还是这样的，把数据文件交给维护者"),
    "VERIFY-002": Known("写出的数与算出的一致", "错误", "改回来；数字要改，先改输入再生成"),
    "PDF-001": Known("转得成 PDF", "警告", "装上 LibreOffice；装了的，再试一次。其他文件不受影响"),
    "PDF-002": Known(
        "PDF 用文件要的字体", "警告", "装上仿宋_GB2312、方正小标宋简体等再转，或在有字体的电脑上另存为 PDF"
    ),
    "BATCH-001": Known("要做的数据文件找得到", "错误", "核对名称和所在的文件夹"),
    "BATCH-002": Known("清单文件读得出来", "错误", "用记事本另存为，“编码”选 UTF-8，每行写一个路径"),
    "BATCH-003": Known("一个单位一个年度一份数据", "错误", "留下对的一份"),
    "BATCH-004": Known("并排的 YAML 和填报表内容相同", "错误", "留下对的一份，或用 convert 重新转一次"),
    "BATCH-005": Known("做的时候数据没有变", "错误", "用 --resume 再做一次"),
    "BATCH-006": Known("两个单位不写到同一个文件夹", "错误", "改其中一个的单位名称，或分两次做"),
    "BATCH-015": Known("清单里的每一行是路径", "错误", "改清单里的这一行"),
    "AUDIT-001": Known("公开的表：合计等于各项之和", "", "核对合计和各项；缺的补上"),
    "AUDIT-002": Known("公开的表：一行的合计等于各栏之和", "", "核对这一行"),
    "AUDIT-003": Known("公开的各表总额一致", "", "核对几张表的合计；人员经费加公用经费等于基本支出"),
    "AUDIT-004": Known("公开的各表同一科目一致", "", "核对几张表的这一科目"),
    "AUDIT-005": Known("公开的各表科目齐全", "错误", "补上缺的一行"),
    "AUDIT-010": Known("情况说明的数与表里的一致", "", "照表改句子，或核对表"),
    "AUDIT-011": Known("同一个数各处写得一样", "", "核对几处，改错的一处"),
    "AUDIT-012": Known("完成率由预算和决算算得出", "", "重新算完成率，或核对两个数"),
    "AUDIT-013": Known("占比由两个数算得出", "", "重新算占比，或核对两个数"),
    "AUDIT-014": Known("大于、小于预算数与两个数相符", "", "改这个词，或核对两个数"),
    "AUDIT-015": Known("一件事里增减的词同一方向", "", "核对增减额，改说反的词"),
    "AUDIT-016": Known("增减率由增减额和上年数算得出", "", "重新算增减率，或核对增减额"),
    "AUDIT-017": Known("与上年相比的各处一致", "", "核对各处的增减额；合计等于各项之和"),
    "AUDIT-018": Known("句子里的合计等于各项之和", "", "核对合计和各项"),
    "AUDIT-019": Known("车辆等个数各处一致", "", "核对各处的个数"),
    "AUDIT-020": Known("自评报告与正文一致", "", "照表和情况说明改自评报告"),
    "AUDIT-030": Known("金额的单位前后一致", "", "改成万元，或核对这个数"),
    "AUDIT-031": Known("年度前后一致", "", "改成本年度"),
    "AUDIT-032": Known("单位名称前后一致", "", "改成同一个名称"),
    "AUDIT-033": Known("主要包括的科目与基本支出明细表一致", "", "补上漏列的，删去没有数的"),
    "AUDIT-034": Known("没有填写说明等残留", "", "删去残留的文字，或填上"),
    "AUDIT-035": Known("句子里的科目名称与表、与科目表一致", "", "照表改名称；缺的一项补上"),
    "AUDIT-036": Known("没有错字、重字和不成对的标点", "疑点", "改错字，删去重的，补上缺的一半"),
    "AUDIT-037": Known("原因与增减的方向相符", "疑点", "核对方向和原因，改写错的一处"),
    "AUDIT-038": Known("目录与标题、附件与附件名单一致", "疑点", "照实际的改目录或标题，补上缺的附件"),
    "AUDIT-039": Known("空表有注，注说的是这张表", "", "改注，或补上、删去"),
    "AUDIT-040": Known("基础数据表与各表、情况说明一致", "", "核对基础数据表和别处"),
    "AUDIT-044": Known("表里的数写到同样的小数位", "疑点", "照别处写全两位小数"),
    "AUDIT-045": Known("项目名称前后一致", "疑点", "改成同一个名称"),
    "AUDIT-046": Known("科目编码写全，与名称一致", "", "照科目表改编码或名称"),
    "AUDIT-050": Known("与上年相比的数与上年公开的一致", "", "核对增减额，或说明上年的数为什么变了"),
    "AUDIT-051": Known("整块的数不与上年公开的全同", "疑点", "核对是不是沿用了上年的一段"),
    "AUDIT-052": Known("公开的数与单位的数据一致", "", "照单位的数据改，或改数据再生成"),
    "AUDIT-053": Known("部门预算的数等于各单位之和", "疑点", "核对部门和各单位；没有给出全部单位的不算"),
    "AUDIT-090": Known("批注写得进原件", "警告", "另存为 .docx 或 .xlsx 再审核"),
    "AUDIT-041": Known("自评表的资金、执行率和得分算得出", "", "重新算，或核对各数"),
    "AUDIT-042": Known("口径可能不同的两个数", "口径", "看清两个数说的是年初预算还是全年预算，不一定要改"),
    "AUDIT-043": Known("自评表一级指标的分值等于下面各项之和", "疑点", "核对各项分值，或改标题里的分值"),
    "EXPLAIN-001": Known("查一个数要有数据文件", "错误", "在名称后面写数据文件，如 unit.yaml"),
    "EXPLAIN-002": Known("查的规则有这个编号", "错误", "编号见 docs/勾稽规则.md"),
    "EXPLAIN-003": Known("查的名称有", "错误", "核对名称；见 docs/名称表.md"),
    "WEB-001": Known("网页里填的写得进文件", "错误", "照所说的在文件里改，再拖进来"),
    "WEB-002": Known("网页与程序是同一个版本", "错误", "重新打开这个网页"),
    **{rule.code: Known(rule.title, "", rule.mend) for rule in Rule},
}
"""Every rule that stands in no file of rules and is no function over accounts, by its id."""


class Findings:
    """Gathers issues in the order found."""

    def __init__(self) -> None:
        self._issues: list[Issue] = []

    def error(self, rule: Rule, cause: str, mend: str, place: SourceRef | None, path: str = "") -> None:
        """Keep a fault that forbids reading."""
        self._add(Issue(rule.code, Level.ERROR, cause, mend, path, place))

    def warn(self, rule: Rule, cause: str, mend: str, place: SourceRef | None, path: str = "") -> None:
        """Keep something that is probably wrong."""
        self._add(Issue(rule.code, Level.WARNING, cause, mend, path, place))

    def note(self, rule: Rule, cause: str, mend: str, place: SourceRef | None, path: str = "") -> None:
        """Keep something that the reader did."""
        self._add(Issue(rule.code, Level.NOTE, cause, mend, path, place))

    def _add(self, issue: Issue) -> None:
        # Notes never crowd out an error: errors are kept for as long again.
        if len(self._issues) < MOST_ISSUES or (issue.level is Level.ERROR and not self.full):
            self._issues.append(issue)

    @property
    def full(self) -> bool:
        """Whether further errors would not be kept: looking for them helps nobody."""
        return len(self._issues) >= 2 * MOST_ISSUES

    @property
    def failed(self) -> bool:
        """Whether one of the findings is an error."""
        return any(i.level is Level.ERROR for i in self._issues)

    def issues(self) -> tuple[Issue, ...]:
        """All that was kept, and a word where there may be more."""
        if not self.full:
            return tuple(self._issues)
        last = self._issues[-1]
        cause = f"问题太多，只列出 {len(self._issues)} 处。"
        return (*self._issues, Issue(last.rule, Level.NOTE, cause, "先改前面的，再读一次。", place=last.place))

    def stop(self, but: Collection[str] = ()) -> None:
        """Raise `Rejected` with everything found where one of it is an error, and not of the rules `but`."""
        if any(i.level is Level.ERROR and i.rule not in but for i in self._issues):
            raise Rejected(self.issues())
