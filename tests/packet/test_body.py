"""The body of a filled document as what its pages are counted from."""

from __future__ import annotations

from budgetgen.packet.body import Block, Rows, read_body
from budgetgen.packet.pages import Layout, ParagraphStyle


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


def test_pictures_take_the_height_that_they_have():
    picture = '<w:drawing><wp:inline distT="0"><wp:extent cx="1" cy="1080000"/></wp:inline></w:drawing>'
    [block] = read_body(f"<w:p><w:r>{picture}</w:r>{run('字')}</w:p>", ())
    assert isinstance(block, Block)
    assert (block.stretches, block.drawn) == ([("字", 0)], 1700)
    body = ParagraphStyle(size=320, line=560, exact=True)
    small = ParagraphStyle(size=210, line=312)
    page = '<w:sectPr><w:pgSz w:w="11906" w:h="3100"/><w:pgMar w:top="100" w:bottom="100"/></w:sectPr>'
    for style, lines in ((body, 2), (small, 3)):  # of 2900 twips the picture takes 1700
        layout, line = Layout({}, default=style), block._replace(drawn=0)
        assert layout.flow([block, *[line] * lines], page).pages(0)[-1] == 1
        assert layout.flow([block, *[line] * (lines + 1)], page).pages(0)[-1] == 2


def test_a_picture_stands_on_the_page_of_its_caption():
    styles = {"图": ParagraphStyle(size=210, line=240, keep_next=True), "图题": ParagraphStyle(size=280, line=364)}
    xml = (
        '<w:p><w:pPr><w:pStyle w:val="图"/></w:pPr><w:r><w:t>文</w:t></w:r></w:p>'
        '<w:p><w:pPr><w:pStyle w:val="图"/></w:pPr><w:r><w:drawing><wp:inline><wp:extent cx="1" cy="1270000"/></wp:inline></w:drawing></w:r></w:p>'
        '<w:p><w:pPr><w:pStyle w:val="图题"/></w:pPr><w:r><w:t>（图1：结构图）</w:t></w:r></w:p>'
    )
    blocks = list(read_body(xml, ()))
    for height, page in ((2700, 2), (2800, 1)):  # a line of 273, 2000 drawn, 364 of the caption
        whole = f'<w:sectPr><w:pgSz w:w="11906" w:h="{height}"/><w:pgMar w:top="0" w:bottom="100"/></w:sectPr>'
        assert Layout(styles).flow(blocks, whole).pages(0)[1:] == [page, page]


def test_the_end_of_a_part_keeps_five_lines_together():
    """Nothing of a report's end stands alone on a page: not the name and the date, not a paragraph's last lines."""
    body = ["一" * 300, "附件", "单位", "日期"]
    xml = "".join(f'<w:p><w:pPr><w:pStyle w:val="正文"/></w:pPr><w:r><w:t>{t}</w:t></w:r></w:p>' for t in body)
    layout = Layout({"正文": ParagraphStyle(size=320, line=560, exact=True)})
    blocks = list(read_body(xml, []))
    assert layout.flow(blocks, xml).ends() == {
        0: "<w:keepNext/>",
        1: "<w:keepNext/><w:keepLines/>",
        2: "<w:keepNext/><w:keepLines/>",
        3: "<w:keepLines/>",
    }
