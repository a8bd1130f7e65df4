"""The body of a filled document as what its pages are counted from."""

from __future__ import annotations

from budgetgen.packet.body import Block, Rows, read_body


def run(text):
    return f"<w:r><w:t>{text}</w:t></w:r>"


def test_what_stands_in_text_boxes_takes_no_room():
    table = "<w:tbl><w:tr><w:tc><w:p></w:p></w:tc></w:tr></w:tbl>"
    box = f"<w:r><w:pict><w:txbxContent><w:p>{run('盒')}</w:p>{table}<w:p></w:p></w:txbxContent></w:pict></w:r>"
    xml = f"<w:body><w:p>{run('前')}{box}{box}{run('后')}</w:p><w:p>{run('尾')}</w:p>{table}</w:body>"
    found = list(read_body(xml, ()))
    assert [b.words if isinstance(b, Block) else "表" for b in found] == ["前后", "尾", "表"]
    assert xml[found[0].place.end :].startswith(f"<w:p>{run('尾')}")
    assert isinstance(found[2], Rows)


def test_pictures_take_the_lines_that_they_are_high():
    picture = '<w:drawing><wp:inline distT="0"><wp:extent cx="1" cy="1080000"/></wp:inline></w:drawing>'
    [block] = read_body(f"<w:p><w:r>{picture}</w:r>{run('字')}</w:p>", ())
    assert block.stretches == [("字", 3)]
