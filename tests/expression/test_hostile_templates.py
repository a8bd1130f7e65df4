"""Templates that want out or never to end: each stops with its place and a Chinese word, in bounds of time and memory."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from shared import SHARED

HOSTILE = Path(__file__).with_name("hostile.py")
MEMORY = 512
NESTED = "{% set a = [1] %}{% set b = [1] %}" + "{% set a = [a, a] %}{% set b = [b, b] %}" * 40
LOOP = "{% for i in [0] * 199999 %}"
OWN = {
    "a list of a billion": ("{{ [0] * 10**9 }}", "列表过长"),
    "a text of a billion": ("{{ 'a' * 10**9 }}", "文字过长"),
    "doubled": (
        "{% macro grow(n, x) %}{% if n %}{{ grow(n - 1, x ~ x) }}{% endif %}{% endmacro %}{{ grow(60, 'ab') }}",
        "文字过长",
    ),
    "joined in one": ("{% set x = '中' * 900000 %}{{ " + " ~ ".join("x" * 400) + " }}", "文字过长"),
    "lists that are kept": (
        "{% macro m(n, l) %}{% if n %}{{ m(n - 1, l + [[n] * 190000]) }}{% endif %}{% endmacro %}{{ m(200, []) }}",
        "合起来过大",
    ),
    "pieces that are kept": (
        "{% set x = '中' * 900000 %}{% macro m(n, l) %}{% if n %}{{ m(n - 1, l + [x[n:]]) }}{% endif %}{% endmacro %}{{ m(99, []) }}",
        "合起来过大",
    ),
    "arguments handed on": (
        "{% macro m() %}{{ m(*varargs) }}{% endmacro %}{{ m(*([1] * 190000)) }}",
        "合起来过大",
    ),
    "literals in a loop": (f"{{% set x %}}{LOOP}{'字' * 1000}{{% endfor %}}{{% endset %}}", "合起来过大"),
    "literals in a macro": (
        f"{{% macro m() %}}{'字' * 10000}{{% endmacro %}}{LOOP}{{% set x = m() %}}{{% endfor %}}",
        "合起来过大",
    ),
    "much output": (f"{{% set x = '中' * 90000 %}}{LOOP}{{{{ x }}}}{{% endfor %}}", "这一篇过长"),
    "lists in lists printed": (NESTED + "{{ a }}", "不能直接打印"),
    "lists in lists compared": (NESTED + "{{ 1 if a == b }}", "一组套一组"),
    "lists in lists sorted": (NESTED + "{{ [a, b]|sort|length }}", "一组套一组"),
    "lists in lists as a key": (NESTED.replace("[", "(").replace("]", ",)") + "{{ {'x': 1}[a] }}", "一组套一组"),
    "turns": (LOOP + LOOP + "{% endfor %}{% endfor %}", "模板做"),
    "calls": (
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}",
        "做的事太",
    ),
    "a macro that calls itself": ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "没有尽头"),
    "a phrase that calls itself": ("{{ 短语.自己() }}", "没有尽头"),
    "rows of a form": ("{{ 收入.项|补齐(10**9)|length }}", "列表过长"),
    "decimals": ("{{ 占比(收入.合计, 支出.合计)|百分比(10**9) }}", "小数位数"),
    "brackets": ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "套得过深"),
    "a format": ("{{ '{:{w}}'.format('a', w=10**9) }}", "不能用“format”"),
    "a long name": ("{{ 收入['a' * 900000] }}", "没有“aaa"),
    "a filter of Jinja's": ("{{ [1]|slice(10**8)|list }}", "没有名为“slice”的过滤器"),
    "a function of Jinja's": ("{{ lipsum(n=10**8) }}", "没有“lipsum”"),
    "another file": ("{% include '/etc/passwd' %}", "不能用 {% include %}"),
    "Python's classes": ("{{ ''.__class__.__mro__ }}", "不能用“__class__”"),
}
"""What each is stopped by: a word of its message."""


def fill(*attacks: tuple[str, str]) -> list[dict[str, str | float]]:
    """What came of each. A template that brings the process down fails here."""
    ran = subprocess.run(
        [sys.executable, HOSTILE], input=json.dumps(attacks).encode(), capture_output=True, check=False, timeout=600
    )
    assert ran.returncode == 0, ran.stderr.decode()[-2000:]
    return [json.loads(line) for line in ran.stdout.decode().splitlines()]


def stopped(outcome: dict[str, str | float]) -> str:
    """The message with which it stopped; it names its file, and speaks Chinese."""
    assert "crash" not in outcome, outcome
    assert re.search(r"(其他\.md|自己)\.j2", str(outcome["place"])), outcome
    cause = str(outcome["cause"])
    assert re.search("[一-鿿]", cause), outcome
    assert not re.search("[A-Za-z]{3,} [A-Za-z]{2,} ", cause), outcome
    return cause


@pytest.fixture(scope="module")
def own() -> dict[str, dict[str, str | float]]:
    return {str(o["name"]): o for o in fill(*((name, text) for name, (text, _) in OWN.items()))}


@pytest.mark.parametrize("name", OWN)
def test_a_template_out_of_bounds_is_stopped_by_name(name: str, own: dict[str, dict[str, str | float]]) -> None:
    assert OWN[name][1] in stopped(own[name])
    assert float(own[name].get("peak", 0)) < MEMORY


ESCAPES_THAT_PRINT = {
    r"{{ '\x5f\x5fclass\x5f\x5f' }}": "__class__",
    "{{ '<b>'|e|replace('&lt;','<') }}": "&lt;b&gt;",
}
"""What is nothing but a text."""
HARMLESS = {"pow": "1" + "0" * 100}
"""10**10**10 is read from the left."""


@pytest.mark.skipif(SHARED is None, reason="the collected attacks are not beside this checkout")
def test_none_of_the_collected_attacks_escapes() -> None:
    attacks = json.loads((SHARED / "broken" / "templates.json").read_text(encoding="utf-8"))["escape"]
    assert len(attacks) > 80
    for text, outcome in zip(attacks, fill(*((text, text) for text in attacks)), strict=True):
        if text in ESCAPES_THAT_PRINT:
            assert outcome["text"] == ESCAPES_THAT_PRINT[text]
        else:
            stopped(outcome)


MADE = {
    "deep for": "{% for x in [1] %}" * 300 + "{% endfor %}" * 300, "deep if": "{% if 1 %}" * 3000 + "{% endif %}" * 3000,
    "deep paren": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "deep list": "{{ " + "[" * 45000 + "]" * 45000 + " }}",
    "deep not": "{{ " + "not " * 50000 + "1 }}", "deep neg": "{{ " + "-" * 90000 + "1 }}",
    "long concat": "{{ 1" + "~1" * 50000 + " }}", "long add": "{{ 1" + "+1" * 50000 + " }}",
    "long attr": "{{ 收入" + ".合计" * 50000 + " }}", "long filter": "{{ 1" + "|string" * 50000 + " }}",
    "big paragraph": "字" * 600000, "1e5 paras": "字\n\n" * 100000, "many star": "**" * 200000, "stars2": "**a" * 100000,
    "hash": "#" * 500000,
}  # fmt: skip
FITS = {"long concat", "1e5 paras", "stars2"}
"""Long, but no longer than a narrative may be."""


@pytest.mark.outside
@pytest.mark.skipif(SHARED is None, reason="the collected attacks are not beside this checkout")
def test_each_collected_attack_ends_within_seconds_and_memory() -> None:
    known = json.loads((SHARED / "broken" / "templates.json").read_text(encoding="utf-8"))
    assert known["made"].keys() == MADE.keys()
    attacks = {**known["exhaust"], **MADE}
    for name, outcome in zip(attacks, fill(*attacks.items()), strict=True):
        assert outcome["seconds"] <= 10, outcome
        assert outcome.get("peak", 0) < MEMORY, outcome
        if name in HARMLESS:
            assert outcome["text"] == HARMLESS[name]
        elif name not in FITS:
            stopped(outcome)
