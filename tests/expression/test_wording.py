"""Per cents in prose: a rounding says neither “nothing” nor “all” of what is neither."""

from __future__ import annotations

from decimal import Decimal

import pytest
from jinja2.exceptions import UndefinedError

from budgetgen.expression import environment
from budgetgen.expression.printing import Wording, percent_text
from budgetgen.figures import PERCENT, YUAN, Blank, Figure


@pytest.mark.parametrize(
    ("exact", "places", "text"),
    [
        ("0", 1, "0"),
        ("100", 1, "100"),
        ("29.74", 1, "29.7"),
        ("0.04", 1, "0.04"),
        ("0.00004", 1, "0.0"),
        ("-0.00004", 2, "0.00"),
        ("100.0135", 1, "100.01"),
        ("100.0135", 2, "100.01"),
        ("99.96", 1, "99.96"),
        ("99.9996", 1, "99.9996"),
        ("99.99999", 1, "100.0"),
        ("199.96", 1, "200.0"),
        ("100.00001", 5, "100.00001"),
    ],
)
def test_per_cent(exact: str, places: int, text: str) -> None:
    value = Figure("率", Decimal(exact), PERCENT)
    assert percent_text(value, Wording(percent_places=places)) == text


def test_without_plain_wholes_all_is_written_out() -> None:
    wording = Wording(percent_places=1, whole_percent_plain=False)
    assert percent_text(Figure("率", Decimal(100), PERCENT), wording) == "100.0"
    assert percent_text(Figure("率", Decimal(0), PERCENT), wording) == "0.0"


@pytest.mark.parametrize(
    "said", ['{{ "共" ~ 数 ~ "万元" }}', '{% set 句 = "共" ~ 数 %}{{ 句 }}万元', '{{ ["共" ~ 数, "万元"]|join }}']
)
def test_a_figure_within_a_text_is_printed_as_on_its_own(said: str) -> None:
    figure = Figure("收入.合计", Decimal(12_345_600), YUAN)
    template = environment(Wording()).from_string(said)
    assert template.render(数=figure) == "共1234.56万元"
    gap = Blank("收入.合计")
    assert template.render(数=gap) == f"共{gap}万元"


def test_a_text_within_a_text_is_escaped_once() -> None:
    template = environment(Wording()).from_string('{{ "甲" ~ 乙 ~ 数 }}')
    assert template.render(乙="<乙>&", 数=Figure("收入.合计", Decimal(10_000), YUAN)) == "甲&lt;乙&gt;&amp;1.00"


def test_one_of_a_few_or_of_thousands_is_chosen_by_its_name() -> None:
    for count in (3, 5000):
        chosen = ", ".join(f'"项{n}": {n}' for n in range(count))
        template = environment(Wording()).from_string(f"{{{{ {{{chosen}}}[名] }}}}")
        assert template.render(名=f"项{count - 1}") == str(count - 1)
        with pytest.raises(UndefinedError):
            template.render(名="没有")
