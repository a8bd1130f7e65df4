"""The nine tables as any 版式 prints them: how each is titled, and what its columns are called (FIELDS 4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_END = "(?:决算)?(?:明细)?(?:总)?(?:批复)?(?:决算)?表"
_SUM = "(?:合计|小计|总计)"
_SPENT = f"本年支出/{_SUM}|本年支出(?:合计)?|{_SUM}"


@dataclass(frozen=True)
class Kind:
    """One of the nine tables. `columns`: what a column holds → the pattern of its heading.

    `marks` are labels that no other table has all of: where the title is lost, they say which sheet is likely.
    """

    number: str
    name: str
    title: re.Pattern[str]
    marks: tuple[str, ...]
    columns: Mapping[str, re.Pattern[str]] = field(default_factory=dict)


def _kind(number: str, name: str, title: str, marks: str, columns: Mapping[str, str] | None = None) -> Kind:
    patterns = {key: re.compile(f"(?:.*/)?(?:{heading})") for key, heading in (columns or {}).items()}
    return Kind(number, name, re.compile(f"{title}{_END}"), tuple(marks.split()), patterns)


_OPENING = {
    "年初结转.合计": f"年初(?:财政拨款)?结转和结余(?:/{_SUM})?",
    "年初结转.基本": "年初(?:财政拨款)?结转和结余/基本支出结转(?:和结余)?",
    "年初结转.项目": "年初(?:财政拨款)?结转和结余/项目支出结转(?:和结余)?",
}
_RECEIVED = {
    "收入.合计": f"本年收入(?:合计|/{_SUM})?",
    "收入.基本": "本年收入/基本支出",
    "收入.项目": "本年收入/项目支出",
}
_FLOWS = {
    **_OPENING,
    **_RECEIVED,
    "支出.合计": _SPENT,
    "支出.基本": "(?:本年支出/)?基本支出",
    "支出.项目": "(?:本年支出/)?项目支出",
    "年末结转.合计": f"年末(?:财政拨款)?结转和结余(?:/{_SUM})?",
    "年末结转.基本": "年末(?:财政拨款)?结转和结余/基本支出结转(?:和结余)?",
    "年末结转.项目结转": "年末(?:财政拨款)?结转和结余/(?:.*/)?项目支出结转",
    "年末结转.项目结余": "年末(?:财政拨款)?结转和结余/(?:.*/)?项目支出结余",
}
REVENUE = {
    "合计": f"本年收入合计|本年收入/{_SUM}|{_SUM}",
    "财政拨款": f"财政拨款(?:收入)?(?:/{_SUM})?",
    "上级补助": f"上级补助(?:收入)?(?:/{_SUM})?",
    "事业": f"事业收入(?:/{_SUM})?",
    "经营": f"经营收入(?:/{_SUM})?",
    "附属单位上缴": f"附属单位上缴(?:收入)?(?:/{_SUM})?",
    "其他": f"其他收入(?:/{_SUM})?",
}
EXPENDITURE = {
    "合计": f"本年支出合计|本年支出/{_SUM}|{_SUM}",
    "基本": f"基本支出(?:/{_SUM})?",
    "项目": f"项目支出(?:/{_SUM})?",
    "上缴上级": "上缴上级(?:支出)?",
    "经营": "经营支出",
    "对附属单位补助": "对附属单位补助(?:支出)?",
}
_ITEMS = {
    "合计": _SUM,
    "因公出国费": "因公出国（境）费用?",
    "公务用车小计": f"公务用车购置(?:费)?[及和]运行(?:维护)?费(?:/{_SUM})?",
    "公务用车购置费": "公务用车购置费",
    "公务用车运行维护费": "公务用车运行(?:维护)?费",
    "公务接待费": "公务接待费",
}
_THREE_PUBLIC = {
    **{f"全年预算.{k}": f"(?:全年)?预算数?/{'' if k == '合计' else '(?:.*/)?'}(?:{h})" for k, h in _ITEMS.items()},
    **{f"决算.{k}": f"(?:支出)?决算数?/{'' if k == '合计' else '(?:.*/)?'}(?:{h})" for k, h in _ITEMS.items()},
}

KINDS = (
    _kind("01", "收入支出决算总表", "收入支出", "项目 本年收入合计 本年支出合计 结余分配 总计"),
    _kind("02", "收入决算表", "收入", "科目名称 上级补助收入 事业收入 经营收入 其他收入", REVENUE),
    _kind("03", "支出决算表", "支出", "科目名称 基本支出 项目支出 上缴上级支出 经营支出", EXPENDITURE),
    _kind("04", "财政拨款收入支出决算总表", "财政拨款收入支出",
          "项目 本年收入合计 本年支出合计 一般公共预算财政拨款 国有资本经营预算财政拨款"),
    _kind("05", "一般公共预算财政拨款支出决算表", "一般公共预算财政拨款(?:收入)?支出", "科目名称 本年支出 基本支出 项目支出", _FLOWS),
    _kind("06", "一般公共预算财政拨款基本支出决算明细表", "一般公共预算财政拨款基本支出",
          "工资福利支出 商品和服务支出 人员经费合计 公用经费合计"),
    _kind("07", "政府性基金预算财政拨款收入支出决算表", "政府性基金(?:预算)?财政拨款(?:收入)?支出",
          "科目名称 年初结转和结余 本年收入 本年支出 年末结转和结余", _FLOWS),
    _kind("08", "国有资本经营预算财政拨款支出决算表", "国有资本经营(?:预算)?财政拨款(?:收入)?支出",
          "科目名称 本年支出 基本支出 项目支出", _FLOWS),
    _kind("09", "财政拨款“三公”经费支出决算表", "(?:一般公共预算)?(?:财政拨款)?三公经费(?:收入)?支出",
          "预算数 决算数 公务接待费 公务用车购置费 小计", _THREE_PUBLIC),
)  # fmt: skip
_LEAD = re.compile(
    r"^(?:附(?:件|表)?[0-9]*[：.、]?|公开[0-9]{1,2}表?[：.、]?|表[一二三四五六七八九0-9]+[：.、]?|[0-9]{4}年度?|[0-9]{1,2}[.、])+"
)
_QUOTES = str.maketrans(dict.fromkeys("“”\"'‘’《》", ""))


def titled(label: str) -> Kind | None:
    """The table that `label` is the title of."""
    bare = _LEAD.sub("", label.translate(_QUOTES))
    return next((k for k in KINDS if k.title.fullmatch(bare)), None)
