"""Chance, and money: every draw is an integer, every amount whole 分."""

from __future__ import annotations

import random
from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")
CENTS_PER_YUAN = 100
CENTS_PER_WAN = 1_000_000
PRINTED = 10_000
"""分 in 0.01 万元: what a printed amount is rounded to."""


class Cents(int):
    """An amount of money in 分, told apart from a count when it is written."""


class Draw:
    """A stream of draws of its own for each `seed` and `place`: one unit never moves another's."""

    def __init__(self, seed: int, *place: object, grain: int = 1) -> None:
        digest = sha256("/".join(map(str, (seed, *place))).encode("utf-8")).digest()
        self._bits = random.Random(int.from_bytes(digest, "big"))
        self.grain = grain

    def below(self, bound: int) -> int:
        """0 … bound − 1. Of all that `random` offers, only its bits are promised to stay as they are."""
        return self._bits.getrandbits(96) % bound

    def between(self, least: int, most: int) -> int:
        return least + self.below(most - least + 1)

    def chance(self, percent: int) -> bool:
        return self.below(100) < percent

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]

    def some(self, choices: Sequence[T], count: int) -> list[T]:
        """`count` of `choices`, none twice, in their order."""
        left = list(range(len(choices)))
        taken = [left.pop(self.below(len(left))) for _ in range(min(count, len(choices)))]
        return [choices[i] for i in sorted(taken)]

    def money(self, least_yuan: int, most_yuan: int) -> int:
        """An amount in 分, in whole grains."""
        return self.portion(CENTS_PER_YUAN * self.between(least_yuan, most_yuan) + self.below(CENTS_PER_YUAN), 100)

    def sized(self) -> int:
        """An amount as a 科目 has it: mostly thousands to millions of 元, now and then very small or very large."""
        return self.money(*self.pick(_SIZES))

    def portion(self, amount: int, percent: int) -> int:
        """`percent` of an amount, down to whole grains."""
        return amount * percent // 100 // self.grain * self.grain

    def part(self, amount: int) -> int:
        """Any part of an amount, in whole grains."""
        return self.below(amount // self.grain + 1) * self.grain

    def split(self, amount: int, count: int) -> list[int]:
        """`count` parts whose sum is `amount`; some may be nothing."""
        cuts = sorted(self.part(amount) for _ in range(count - 1))
        return [b - a for a, b in zip([0, *cuts], [*cuts, amount], strict=True)]


_SIZES = (
    *[(1_000, 99_999)] * 4,
    *[(100_000, 999_999)] * 6,
    *[(1_000_000, 9_999_999)] * 4,
    (10_000_000, 499_999_999),
    (100, 999),
)


def printed(cents: int) -> int:
    """The amount as it is printed, in 0.01 万元, rounded half up."""
    return (2 * cents + PRINTED) // (2 * PRINTED)


def beside(actual: int, budget: int) -> int:
    """1, 0 or -1: how an amount stands beside its budget, both as printed."""
    a, b = printed(actual), printed(budget)
    return (a > b) - (a < b)


def moved(now: int, before: int) -> int:
    """1, 0 or -1: how an amount changed; a change that prints as 0.00 is none."""
    change = now - before
    return (change > 0) - (change < 0) if printed(abs(change)) else 0
