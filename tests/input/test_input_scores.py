"""How a score may be typed, and what each other form is told; a stated nothing in 预算绩效."""

from __future__ import annotations

from decimal import Decimal

import pytest
from said import HEAD, Outcome, read

PLACE = "预算绩效.整体自评.得分"


def score(typed: str) -> Outcome:
    """A file whose line 6 gives a score."""
    return read(HEAD + f"预算绩效: {{整体自评: {{得分: {typed}}}}}\n")


@pytest.mark.parametrize(
    ("typed", "points"),
    [("99.68", "99.68"), ("0", "0"), ("-0", "0"), ("无", "0"), ("1000", "1000"), ("97.12345", ""), ("12.1250", "12.125")],
)  # fmt: skip
def test_a_plain_number_is_read_exactly(typed: str, points: str) -> None:
    if not points:
        score(typed).refuses("unit.yaml:6", PLACE, "小数超过 4 位")
        return
    outcome = score(typed)
    performance = outcome.accepted.accounts.performance
    assert performance is not None
    assert performance.whole is not None
    assert (performance.whole.score, outcome.said) == (Decimal(points), "")


def test_a_score_is_no_money_and_keeps_its_unit() -> None:
    in_yuan = read(HEAD.replace("万元", "元") + "预算绩效: {整体自评: {得分: 99.685}}\n")
    performance = in_yuan.accepted.accounts.performance
    assert performance is not None
    assert performance.whole is not None
    assert performance.whole.score == Decimal("99.685")


def test_full_width_digits_are_normalised() -> None:
    score("９９.５").notes("unit.yaml:6", f"{PLACE}：“９９.５”按 99.5 读取")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("99.5分", ("“99.5分”带了单位", "只写数字：99.5。")),
        ("99.5%", ("“99.5%”带了单位", "只写数字：99.5。")),
        ("优", ("“优”不是分数", "如 99.5")),
        ("099", ("前面有多余的 0", "99")),
        ("1e2", ("不是分数",)),
        ("nan", ("不是分数",)),
        ("1000.5", ("“1000.5”不在 0 到 1000 之间",)),
        ("-3", ("“-3”不在 0 到 1000 之间",)),
        ("[99]", ("这里应是一个值",)),
    ],
)
def test_any_other_form_is_refused(typed: str, words: tuple[str, ...]) -> None:
    outcome = score(typed)
    assert len(outcome.errors) == 1
    outcome.refuses("unit.yaml:6", PLACE, *words)


def test_a_score_still_to_be_filled_in_is_not_there() -> None:
    performance = score("【待填写】").accepted.accounts.performance
    assert performance is not None
    assert performance.whole is not None
    assert performance.whole.score is None


def test_a_fund_without_evaluated_projects_is_stated_as_nothing() -> None:
    performance = read(HEAD + "预算绩效: {自评: {政府性基金: 无}, 部门评价: 无}\n").accepted.accounts.performance
    assert performance is not None
    assert performance.self_evaluation is not None
    assert performance.self_evaluation.general is None
    fund = performance.self_evaluation.government_fund
    assert fund is not None
    assert (fund.projects, fund.amount) == (0, 0)
    assert performance.department_evaluations == []


def test_a_grade_is_one_of_four() -> None:
    outcome = read(HEAD + "预算绩效: {整体自评: {等级: 优秀}}\n")
    outcome.refuses("unit.yaml:6", "预算绩效.整体自评.等级", "没有“优秀”这个选项", "“优”、“良”、“中”、“差”")
