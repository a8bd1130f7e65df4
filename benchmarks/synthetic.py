"""The template engine beside openpyxl and docxtpl on a packet without prose: nine plain tables and 240 equal paragraphs.

    python benchmarks/synthetic.py [rounds]

Nothing of a 版式 is in it (no phrases, contents, page numbers or Word tables made from sheets): it shows the engine
alone. `engine.py` fills real packets. Times are processor time in milliseconds, the best of the rounds.
"""

from __future__ import annotations

import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import docx
import openpyxl
from docxtpl import DocxTemplate
from openpyxl.styles import Border, Side

from budgetgen import template
from budgetgen.expression import environment
from budgetgen.figures import Figure, Group
from budgetgen.money import plain_text, printed_wan_yuan
from budgetgen.office.package import checksum, deflate

SHEETS, ROWS, COLUMNS, PARAGRAPHS = 9, 30, 6, 240
FIELDS = tuple("甲乙丙丁戊己")


def values() -> dict[str, object]:
    rows = []
    for number in range(ROWS):
        amounts = {f: Figure(f, Decimal(number * 12345 + i * 678)) for i, f in enumerate(FIELDS)}
        rows.append(Group(str(number), {"名称": f"科目{number}", **amounts}))
    return {"单位": "某市某局", "收入": Figure("收入", Decimal(8406900)), "行们": rows}


def make_workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    thin = Side(style="thin")
    for number in range(1, SHEETS + 1):
        sheet = book.create_sheet(f"公开{number:02}")
        rows = [["{{ 单位 }}决算表"], ["名称", *FIELDS], ["{%tr for 行 in 行们 %}"]]
        for row in [
            *rows,
            ["{{ 行.名称 }}", *(f"{{{{ 行.{f} }}}}" for f in FIELDS)],
            ["{%tr endfor %}"],
            ["注：单位万元"],
        ]:
            sheet.append(row)
        sheet.merge_cells("A1:G1")
        for row in sheet["A2:G4"]:
            for cell in row:
                cell.border = Border(thin, thin, thin, thin)
                cell.number_format = "#,##0.00"
    book.save(path)


def make_plain_workbook(path: Path) -> None:
    """What a hand-written filler loads: the same sheets, their rows already there."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    thin = Side(style="thin")
    for number in range(1, SHEETS + 1):
        sheet = book.create_sheet(f"公开{number:02}")
        sheet.merge_cells("A1:G1")
        for row in sheet.iter_rows(2, ROWS + 2, 1, COLUMNS + 1):
            for cell in row:
                cell.value, cell.number_format, cell.border = 0, "#,##0.00", Border(thin, thin, thin, thin)
    book.save(path)


def make_document(path: Path) -> None:
    document = docx.Document()
    for number in range(PARAGRAPHS):
        document.add_paragraph(
            f"第{number}段：{{{{ 单位 }}}}本年收入{{{{ 收入 }}}}万元，按规定用于各项支出，情况如下。" * 2
        )
    for _ in range(SHEETS):
        table = document.add_table(4, COLUMNS + 1, style="Table Grid")
        rows = (
            ("名称", *FIELDS),
            ("{%tr for 行 in 行们 %}",),
            ("{{ 行.名称 }}", *(f"{{{{ 行.{f} }}}}" for f in FIELDS)),
            ("{%tr endfor %}",),
        )
        for row, texts in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=False):
                cell.text = text
        document.add_paragraph("")
    document.save(path)


def best(rounds: int, work: Callable[[], object]) -> float:
    work()
    times = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times) * 1000


def fill_by_openpyxl(path: Path, names: dict[str, object], out: Path) -> None:
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets:
        sheet["A1"] = f"{names['单位']}决算表"
        for number, row in enumerate(names["行们"], start=3):
            sheet.cell(number, 1, row["名称"])
            for column, name in enumerate(FIELDS, start=2):
                sheet.cell(number, column, row[name].value / 10000)
    book.save(out)


def as_texts(names: dict[str, object]) -> dict[str, object]:
    """The values as docxtpl needs them: words and numbers already written out."""

    def text(value: object) -> str:
        return plain_text(printed_wan_yuan(value.value), strip_zeros=False) if isinstance(value, Figure) else str(value)

    rows = [{name: text(row[name]) for name in ("名称", *FIELDS)} for row in names["行们"]]
    return {"单位": names["单位"], "收入": text(names["收入"]), "行们": rows}


def changing_parts(template_file: Path, data: bytes) -> list[bytes]:
    with zipfile.ZipFile(template_file) as before, zipfile.ZipFile(BytesIO(data)) as after:
        old = {n: before.read(n) for n in before.namelist()}
        return [after.read(n) for n in after.namelist() if after.read(n) != old.get(n)]


def pay_the_limit(parts: list[bytes], out: Path) -> None:
    packed = []
    for part in parts:
        checksum(part)
        packed.append(deflate(part))
    out.write_bytes(b"".join(packed))


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        book, plain, document, out = (folder / n for n in ("t.xlsx", "plain.xlsx", "t.docx", "out"))
        make_workbook(book)
        make_plain_workbook(plain)
        make_document(document)
        names, env = values(), environment()
        began = time.perf_counter()
        workbook, words = template.compile_workbook(book, env), template.compile_document(document, env)
        print(f"compile, both templates        {(time.perf_counter() - began) * 1000:9.2f}")
        ours = [best(rounds, lambda r=r: out.write_bytes(r.render(names).data)) for r in (workbook, words)]
        changing = [changing_parts(t, r.render(names).data) for t, r in ((book, workbook), (document, words))]
        limit = [best(rounds, lambda parts=parts: pay_the_limit(parts, out)) for parts in changing]
        others = [best(max(1, rounds // 10), lambda: fill_by_openpyxl(plain, names, out))]
        texts, reused = as_texts(names), DocxTemplate(document)

        def fill_by_docxtpl() -> None:
            reused.render(texts, autoescape=True)
            reused.save(out)

        others.append(best(max(1, rounds // 10), fill_by_docxtpl))
        print("                                workbook  document    packet")
        for label, figures in (("this engine", ours), ("openpyxl, docxtpl", others), ("the limit", limit)):
            print(f"{label:28}" + "".join(f"{f:10.2f}" for f in (*figures, sum(figures))))
        print(
            f"packet: {sum(others) / sum(ours):.0f} times faster than openpyxl + docxtpl, {sum(ours) / sum(limit):.2f} times the limit"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
