"""XML is cut at its slots in the same places, whatever the library that wrote it escapes."""

from __future__ import annotations

import pytest
from lxml import etree

from budgetgen.template.language.package_parts import Slots, fragment, plain

XML = '<w xmlns="u" xmlns:r="v"><s name="表一" r:id="a"/><s name="表&#13;二">收入&lt;支出</s></w>'


def escaping(root):
    """Every character beyond ASCII as a number, as libxml2 2.11 to 2.13 write them in attributes."""
    return etree.tostring(root, encoding="ascii").decode()


def literal(root):
    return etree.tostring(root, encoding="unicode")


@pytest.mark.parametrize("write", [literal, escaping])
def test_slots_are_found_however_characters_are_written(write):
    root = etree.fromstring(XML)
    slots = Slots()
    root[0].set("name", slots.mark("名"))
    root[0].set("{v}id", f"前{slots.mark('号')}9")
    slots.replace(root[1], "行")
    pieces = list(slots.cut(plain(write(root))))
    assert pieces == ['<w xmlns="u" xmlns:r="v"><s name="', "名", '" r:id="前', "号", '9"/>', "行", "</w>"]


def test_characters_are_written_as_they_are():
    root = etree.fromstring(XML)
    assert plain(escaping(root)) == literal(root)
    assert fragment(root[0]) == '<s name="表一" r:id="a"/>'
    assert fragment(root[1]) == '<s name="表&#13;二">收入&lt;支出</s>'


def test_marks_of_one_tree_mean_nothing_in_another():
    first, second = Slots(), Slots()
    theirs = first.mark("甲")
    assert list(second.cut(theirs + second.mark("乙"))) == [theirs, "乙"]
