"""PDFs that are damaged, locked, pictures of text, or made to hurt: each ends with a sentence, soon and in little memory."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable

import pytest

from budgetgen.issues import Rejected
from budgetgen.published import pdf_pages
from budgetgen.published.document import read_published_bytes
from tests.drawn_pdf import Sheet, assembled, drawn, stream

WHOLE = drawn(
    *(
        Sheet().text(35, 30, f"公开0{n}表").table(35, 60, (50, 60), [["科目", "支出"], ["201", "1.00"]])
        for n in range(3)
    )
)


def told(data: bytes) -> str:
    with pytest.raises(Rejected) as refused:
        read_published_bytes(data, "公开.pdf")
    return refused.value.issues[0].cause


def one_page(content: bytes, page: bytes = b"", more: tuple[bytes, ...] = (), resources: bytes = b"<<>>") -> bytes:
    kids = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]/Contents 4 0 R/Resources %s%s>>" % (resources, page)
    return assembled([b"<</Type/Catalog/Pages 2 0 R>>", kids, leaf, content, *more])


def nested(data: bytes, times: int) -> bytes:
    for _ in range(times):
        data = zlib.compress(data)
    filters = b"/FlateDecode" * times
    return b"<</Length %d/Filter[%s]>>stream\n%s\nendstream" % (len(data), filters, data)


PICTURE = b"<</Type/XObject/Subtype/Image/Width 2/Height 2/ColorSpace/DeviceGray/BitsPerComponent 8/Length 4>>stream\n1234\nendstream"
LOCK = b"/ID[<00><00>]/Encrypt<</Filter/Standard/V 2/R 3/Length 128/P -4/O(" + b"a" * 32 + b")/U(" + b"b" * 32 + b")>>"
SCANNED = b"<</XObject<</X 5 0 R>>>>"
BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "没有字": (lambda: drawn(Sheet()), "PDF 里没有文字"),
    "扫描件": (lambda: one_page(stream(b"q 300 0 0 400 0 0 cm /X Do Q"), more=(PICTURE,), resources=SCANNED), "扫描件"),
    "有密码": (lambda: drawn(Sheet(), trailer=LOCK), "打开密码"),
    "不是PDF": (lambda: b"%PDF-1.7 nothing more", "不是完好的 PDF"),
    "断了": (lambda: WHOLE[:200], "不是完好的 PDF"),
    "页太多": (lambda: drawn(*[Sheet()] * 41), "上限 40 页"),
    "内容太多": (lambda: one_page(stream(b"q Q " * 2**17)), "内容太多"),
    "解压后太大": (lambda: one_page(nested(b"\0" * 2**20, 1)), "解压出来太大"),
    "层层压缩": (lambda: one_page(nested(b"\0" * 2**20, 3)), "解压出来太大"),
    "括号": (lambda: one_page(stream(b"[" * 20_000)), "没有文字"),
    "页套页": (lambda: assembled([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"]), "没有文字"),
    "页面无穷大": (lambda: one_page(stream(b""), page=b"/MediaBox[0 0 1e300 -1e300]"), "不是完好的 PDF"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_each_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bounds are lowered: what goes beyond them is small."""
    for bound, value in {"MAX_STREAM": 2**20 - 1, "MAX_CONTENT": 2**18, "MAX_PAGES": 40}.items():
        monkeypatch.setattr(pdf_pages, bound, value)
    made, words = BAD[name]
    assert words in told(made())


ENDLESS = {
    "指向自己": one_page(b"4 0 R"),
    "字体的范围": one_page(
        stream(b"BT /F 9 Tf (abc) Tj ET"),
        resources=b"<</Font<</F 5 0 R>>>>",
        more=(
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>",
            stream(b"begincmap 1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange endcmap"),
        ),
    ),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_never_ends_is_stopped(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is lowered: what is tried is that a loop that calls nobody is left."""
    monkeypatch.setattr(pdf_pages, "PAGE_SECONDS", 0.3)
    assert "还没有读完" in told(ENDLESS[name])
    assert len(read_published_bytes(WHOLE, "公开.pdf").tables) == 3


def test_a_page_that_is_broken_stops_no_other() -> None:
    start = WHOLE.index(b"/Filter/FlateDecode", WHOLE.index(b"7 0 obj"))
    read = read_published_bytes(WHOLE[:start] + b"/Filter/FlateDecodX" + WHOLE[start + 19 :], "公开.pdf")
    assert [i.cause for i in read.issues] == ["第2页坏了，没有读。"]
    assert len(read.tables) == 2


def changed(seed: int) -> bytes:
    dice = random.Random(seed)
    data = bytearray(WHOLE)
    for _ in range(dice.choice((1, 3, 30))):
        at = dice.randrange(len(data))
        data[at : at + dice.choice((0, 1, 20))] = dice.choice((b"", b"0", b"<<", b"9999999999", data[at : at + 40]))
    return bytes(data)


def test_damaged_ones_are_read_or_told() -> None:
    outcomes = {seed: outcome(changed(seed)) for seed in range(40)}
    assert all(outcomes.values())
    assert {"read"} < set(outcomes.values())


def outcome(data: bytes) -> str:
    try:
        read_published_bytes(data, "公开.pdf")
    except Rejected as e:
        return e.issues[0].cause
    return "read"
