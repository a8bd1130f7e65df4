"""Money: one type, one base unit (元), other units only by name."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Self

ZERO = Decimal(0)
YUAN_PER_WAN = Decimal(10000)
WAN_YUAN_PLACES = 2
"""Decimals of an amount printed in 万元 (every published packet: 保留两位小数)."""
_WAN_DOWN = -YUAN_PER_WAN.adjusted()
_LAST_PRINTED = Decimal(1).scaleb(-WAN_YUAN_PLACES - _WAN_DOWN)
"""What one step of the last decimal that is printed is in 元: 100."""
_LAST_DIGITS = {places: Decimal(1).scaleb(-places) for places in range(5)}


class Amount(Decimal):
    """An amount of money in 元, and how far the true amount may lie from it.

    `margin` is half a step of the last digit written, in 元: 0 for an amount written in 元, 50 for one written in
    万元 with two decimals. Floats are refused: an amount comes from text.
    """

    __slots__ = ("margin",)
    margin: Decimal

    def __new__(cls, yuan: Decimal | int | str = 0, margin: Decimal = ZERO) -> Self:
        """`yuan` exact, and its margin. TypeError for a float."""
        if isinstance(yuan, float):
            raise TypeError("an amount is made from text or Decimal, never from float")
        self = super().__new__(cls, yuan)
        self.margin = margin
        return self

    def __reduce__(self) -> tuple[type[Self], tuple[str, Decimal]]:  # type: ignore[override]
        """Pickled with its margin."""
        return type(self), (str(self), self.margin)

    @classmethod
    def from_wan_yuan(cls, wan_yuan: Decimal) -> Self:
        """An amount written in 万元; blank decimals count as written (20 means 20.00), a nothing is exact."""
        if isinstance(wan_yuan, float):
            raise TypeError("an amount is made from text or Decimal, never from float")
        exponent = wan_yuan.as_tuple().exponent
        places = max(WAN_YUAN_PLACES, -exponent if isinstance(exponent, int) else 0)
        return cls(wan_yuan * YUAN_PER_WAN, YUAN_PER_WAN.scaleb(-places) / 2 if wan_yuan else ZERO)

    @property
    def wan_yuan(self) -> Decimal:
        """The same amount in 万元, exact."""
        return self / YUAN_PER_WAN


def round_half_up(value: Decimal, places: int) -> Decimal:
    """`value` to `places` decimals; a tie goes away from zero, as on an accountant's desk (467.45 → 467.5)."""
    return value.quantize(_LAST_DIGITS.get(places) or Decimal(1).scaleb(-places), ROUND_HALF_UP)


def printed_wan_yuan(yuan: Decimal) -> Decimal:
    """`yuan` (元) as it is printed: in 万元 with two decimals."""
    return yuan.quantize(_LAST_PRINTED, ROUND_HALF_UP).scaleb(_WAN_DOWN)


def plain_text(value: Decimal, *, strip_zeros: bool) -> str:
    """`value` in digits without exponent; `strip_zeros` drops zeros at the end of its decimals (1.30 → 1.3)."""
    if value.is_zero():
        value = abs(value)
    text = str(value)
    if "E" in text:
        text = format(value, "f")  # ten times as slow
    return text.rstrip("0").rstrip(".") if strip_zeros and "." in text else text
