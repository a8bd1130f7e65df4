"""基础数据 (附件1): three columns a row; what the accounts know comes from them, what is stated stands over it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from budgetgen.compute.book import Book, declare_list
from budgetgen.compute.scores import cell, given_total, groups
from budgetgen.figures import CATALOGUE, PERCENT, Blank, Figure, Group, Value, share
from budgetgen.model.evaluation import BasicData, ProjectRow, ThreeColumns, ThreePublicRows
from budgetgen.model.shapes import Choice, Section
from budgetgen.model.specs import fields_of

NAME = "绩效自评.基础数据"
COLUMNS = tuple(fields_of(ThreeColumns))
PRIOR, BUDGET, ACTUAL = COLUMNS
PUBLIC_ROWS = {key: spec.label for key, spec in fields_of(ThreePublicRows).items()}
_KINDS = fields_of(ProjectRow)["类别"].shape
KINDS = _KINDS.words if isinstance(_KINDS, Choice) else ()
_PLAIN_ROWS = {
    key: spec.label
    for key, spec in fields_of(BasicData).items()
    if isinstance(spec.shape, Section) and spec.shape.model is ThreeColumns
}
_PUBLIC, _PROJECTS, _RUNNING, _MEETINGS, _PROCUREMENT = "三公经费", "项目支出", "公用经费", "会议培训费", "政府采购"

_SHOWN = {
    **{f"{_PUBLIC}.{key}": label for key, label in PUBLIC_ROWS.items()},
    _PROJECTS: "项目支出",
    f"{_PROJECTS}.明细合计": "项目支出，各项目之和",
    **{f"{_PROJECTS}.{kind}.合计": f"项目支出，{kind}合计" for kind in KINDS},
    **_PLAIN_ROWS,
}
for _name, _label in _SHOWN.items():
    for _column in COLUMNS:
        CATALOGUE.declare(f"{NAME}.{_name}.{_column}", f"基础数据表，{_label}：{_column}；决算里有的不用填")
for _name in KINDS:
    declare_list(f"{NAME}.{_PROJECTS}.{_name}.明细", f"基础数据表，项目支出的{_name}", {"名称": "项目名称"})
    for _column in COLUMNS:
        CATALOGUE.declare(f"{NAME}.{_PROJECTS}.{_name}.明细[*].{_column}", f"项目支出的{_name}：{_column}")
CATALOGUE.declare(f"{NAME}.已填", "填了基础数据时为真", "")
CATALOGUE.declare(f"{NAME}.楼堂馆所.规模控制率", "实际规模 ÷ 批复规模", PERCENT)
CATALOGUE.declare(f"{NAME}.楼堂馆所.投资控制率", "实际投资 ÷ 预算投资", PERCENT)
declare_list(f"{NAME}.对照", "填了而决算里也有的数，供检查", {"名称": "哪一行哪一栏"})
CATALOGUE.declare(f"{NAME}.对照[*].填报", "基础数据表里填的")
CATALOGUE.declare(f"{NAME}.对照[*].账上", "决算里的")


def compute_basic_data(book: Book, facts: Group, accounts: Group | None) -> Group:
    """基础数据. `accounts` are the figures computed so far, None where the input has no accounts."""
    known = _known(book, facts, accounts) if accounts else {}
    public = {key: _row(facts.group(f"{_PUBLIC}.{key}"), known) for key in PUBLIC_ROWS}
    return facts.extended(
        已填=facts.given,
        **{key: _row(facts.group(key), known) for key in _PLAIN_ROWS},
        三公经费=Group(f"{NAME}.{_PUBLIC}", public, given=facts.group(_PUBLIC).given),
        项目支出=_projects(book, facts.group(_PROJECTS), known),
        楼堂馆所=_buildings(facts.group("楼堂馆所")),
        对照=list(_twice(facts, known)),
    )


def _known(book: Book, facts: Group, accounts: Group) -> dict[str, Value]:
    """What the accounts tell, by the path of the cell that it fills."""
    basis = str(facts["三公预算口径"] if facts.given else "年初预算")
    measures = {PRIOR: "上年决算", BUDGET: basis, ACTUAL: "决算"}
    cells: dict[str, Value] = {}
    for item in PUBLIC_ROWS:
        for column, measure in measures.items():
            cells[f"{NAME}.{_PUBLIC}.{item}.{column}"] = accounts.value(f"三公经费.{measure}.{item}")
    meetings = f"{NAME}.{_MEETINGS}.{ACTUAL}"
    spent_on_meetings = [accounts.value("会议费.合计"), accounts.value("培训费.合计")]
    cells[meetings] = book.total(meetings, spent_on_meetings)
    for row, figure in ((_PROJECTS, "支出.项目"), (_RUNNING, "公用经费"), (_PROCUREMENT, "政府采购.合计")):
        cells[f"{NAME}.{row}.{ACTUAL}"] = accounts.value(figure)
    return cells


def _row(facts: Group, known: Mapping[str, Value]) -> Group:
    return Group(facts.name, {c: _cell(facts, c, known) for c in COLUMNS}, given=facts.given)


def _cell(facts: Group, column: str, known: Mapping[str, Value]) -> object:
    """What is stated, else what the accounts know; a form leaves blank what neither tells."""
    stated, path = facts.value(column), f"{facts.name}.{column}"
    return stated if isinstance(stated, Figure) else known.get(path, "")


def _projects(book: Book, facts: Group, known: Mapping[str, Value]) -> Group:
    rows = groups(facts["明细"])
    kinds = {k: [r for r in rows if r["类别"] == k] for k in KINDS}
    path = f"{facts.name}.明细合计"
    totals = {c: given_total(book, f"{path}.{c}", [r.value(c) for r in rows]) for c in COLUMNS}
    own = {k: _row(facts, known)[k] for k in COLUMNS}
    by_kind = {k: _kind(book, f"{facts.name}.{k}", rs) for k, rs in kinds.items()}
    return Group(facts.name, {**own, **by_kind, "明细": rows, "明细合计": Group(path, dict(totals))})


def _kind(book: Book, path: str, rows: list[Group]) -> Group:
    """The projects of one kind, with blank cells where nothing is stated, and their totals."""
    totals: dict[str, object] = {}
    for column in COLUMNS:
        given = [v for r in rows if isinstance(v := r.value(column), Figure)]
        totals[column] = book.total(f"{path}.合计.{column}", given) if given else ""
    shown = [r.extended(**{c: cell(r.value(c)) for c in COLUMNS}) for r in rows]
    return Group(path, {"明细": shown, "合计": Group(f"{path}.合计", totals)})


def _buildings(facts: Group) -> Group:
    rates = {
        "规模控制率": (facts.value("实际规模"), facts.value("批复规模")),
        "投资控制率": (facts.value("实际投资"), facts.value("预算投资")),
    }
    shown = {k: cell(facts.value(k)) for k in facts.names()}
    return Group(facts.name, {**shown, **{k: cell(share(*pair)) for k, pair in rates.items()}}, given=facts.given)


def _twice(facts: Group, known: Mapping[str, Value]) -> Iterator[Group]:
    """Cells that are stated though the accounts know them."""
    for path, value in known.items():
        stated = facts.value(path.removeprefix(f"{NAME}."))
        if isinstance(stated, Figure) and not isinstance(value, Blank):
            yield Group(path, {"名称": path.removeprefix(f"{NAME}."), "填报": stated, "账上": value})
