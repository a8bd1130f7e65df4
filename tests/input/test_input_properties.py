"""What holds of any text: it is read or refused, never a crash; and an amount is what was typed."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from said import HEAD, read

from budgetgen.input.scalars import Number, read_amount, read_whole
from budgetgen.model import Accounts
from budgetgen.model.declarations import known_keys

KEYS = sorted(known_keys(Accounts))
PIECES = st.sampled_from(
    [
        *KEYS,
        *":：,，-[]{}\"'|>&*!%@`?#\t\n 　。",
        ": ",
        "\n  ",
        "\n- ",
        "无",
        "0",
        "2013102",
        "【待填写】",
        "12.3",
        "---\n",
    ]
)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    outcome = read(text)
    assert outcome.loaded or outcome.errors


@given(st.binary())
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    outcome = read(data)
    assert outcome.loaded or outcome.errors


@given(st.lists(PIECES).map("".join))
def test_anything_like_a_unit_file_is_read_or_refused(tail: str) -> None:
    for text in (tail, HEAD + tail):
        outcome = read(text)
        assert outcome.loaded or outcome.errors
        for issue in outcome.errors:
            assert issue.cause
            assert issue.mend
            assert issue.place
            assert issue.place.line <= text.count("\n") + 1
            assert str(issue).isprintable()


@given(st.sampled_from(KEYS), st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=30))
def test_anything_typed_behind_a_key_is_read_or_refused(key: str, typed: str) -> None:
    quoted = typed.replace("'", "''")
    for tail in (f"{key}: {typed}\n", f"{key}: '{quoted}'\n", f"  {key}: '{quoted}'\n"):
        outcome = read(HEAD + tail)
        assert outcome.loaded or outcome.errors


amounts = st.decimals(Decimal(-999999999999999), Decimal(999999999999999), places=2)


@given(amounts)
def test_an_amount_is_exactly_what_was_typed(value: Decimal) -> None:
    assert read_amount(f"{value}", "元") == Number(value)


@given(amounts)
def test_grouped_and_full_width_digits_are_the_same_amount(value: Decimal) -> None:
    for typed in (f"{value:,}", f"{value}".translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789.-"})):
        number = read_amount(typed, "元")
        assert isinstance(number, Number)
        assert number.value == value


@given(st.text(max_size=80))
def test_any_text_is_a_number_or_refused_with_a_mend(text: str) -> None:
    for result in (read_amount(text, "万元"), read_amount(text, "元"), read_whole(text)):
        assert isinstance(result, Number) or (result.cause and result.mend)


@given(st.text(st.sampled_from("0123456789.,+-()eE%:万元亿 "), max_size=12))
def test_what_looks_like_a_number_is_one_or_refused_with_a_mend(text: str) -> None:
    for result in (read_amount(text, "万元"), read_amount(text, "元"), read_whole(text)):
        assert isinstance(result, Number) or (result.cause and result.mend)
