"""The template engine beside other ways to fill the same packet, in one process, on the same content.

    python benchmarks/engine.py [--rounds 40] [--carbone FOLDER]

For each example, and for generated units: all files of its packet, figures ready (compute is not timed), filled and
written by this engine, by openpyxl (load, fill, save; or kept and saved again) with docxtpl (extra `bench`), by hand
(xlsxwriter, and Jinja over a finished document.xml), and, where FOLDER is a `node_modules` with carbone, by carbone
under node. The others fill templates at their kindest (`others.py`). The floor is a program that makes the same parts
without any logic: it formats the numbers, joins them with what stands between, packs and writes. Every round
fills another variant of the unit, so that no value is remembered; the ways take turns, and the median counts.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from statistics import median

import openpyxl
import xlsxwriter
from docxtpl import DocxTemplate
from jinja2 import Environment
from others import (
    Content,
    content_of,
    hand_written,
    make_document,
    make_workbook_for_carbone,
    tagged_document,
    workbooks_of,
)
from packets import EXAMPLES, Case, example, generated

from budgetgen.compute import Computed
from budgetgen.office import package
from budgetgen.packet.render import Packet
from budgetgen.resources import collecting_seldom
from budgetgen.template import Rendered

SLOW = 5
"""The slow ways take one turn in so many rounds."""
CARBONE = Path(__file__).parent / "carbone" / "fill.js"
Work = Callable[[], object]


def timed(work: Work) -> float:
    """In milliseconds of processor time, so that what else the machine does counts little."""
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1000


def in_turn(rounds: int, works: dict[str, Work], slow: frozenset[str]) -> dict[str, float]:
    """The median of each in milliseconds."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for turn in range(rounds):
        for name, work in works.items():
            if name not in slow or turn % SLOW == 0:
                times[name].append(timed(work))
    return {name: median(found) for name, found in times.items()}


def fill_ours(case: Case, variants: Iterator[Computed], folder: Path) -> Work:
    def fill() -> None:
        with collecting_seldom():  # as a build does
            packet = case.renderer.render(next(variants))
            for file, rendered in packet.files.items():
                (folder / f"ours-{file.template}").write_bytes(rendered.data)

    return fill


def fill_by_openpyxl(packet: Packet, content: Content, folder: Path) -> Work:
    templates = []
    for number, workbook in enumerate(workbooks_of(packet)):
        templates.append(folder / f"filled{number}.xlsx")
        templates[-1].write_bytes(workbook.data)

    def fill() -> None:
        for number, template in enumerate(templates):
            book = openpyxl.load_workbook(template)
            for sheet in book:
                for place, value in content.cells[sheet.title]:
                    sheet[place] = value
            book.save(folder / f"openpyxl{number}.xlsx")

    return fill


def fill_by_docxtpl(content: Content, folder: Path) -> Work:
    path = folder / "docxtpl.docx"
    values = make_document(content, path)
    reused = DocxTemplate(path)

    def fill() -> None:
        reused.render(values, autoescape=True)
        reused.save(folder / "docxtpl.out.docx")

    return fill


def fill_by_openpyxl_kept(packet: Packet, content: Content, folder: Path) -> Work:
    """The workbook is read once; each packet fills it again and saves it."""
    books = [openpyxl.load_workbook(BytesIO(workbook.data)) for workbook in workbooks_of(packet)]

    def fill() -> None:
        for number, book in enumerate(books):
            for sheet in book:
                for place, value in content.cells[sheet.title]:
                    sheet[place] = value
            book.save(folder / f"kept{number}.xlsx")

    return fill


def fill_by_hand(packet: Packet, folder: Path) -> Work:
    """xlsxwriter for the workbooks; Jinja over the finished document.xml and zipfile for the document."""
    scripts = [hand_written(workbook) for workbook in workbooks_of(packet)]
    xml, numbers, parts = tagged_document(packet.document)
    template = Environment(autoescape=False).from_string(xml)

    def fill() -> None:
        for number, script in enumerate(scripts):
            with xlsxwriter.Workbook(folder / f"hand{number}.xlsx") as book:
                looks: dict[tuple[bool, str], object] = {}
                for title, cells in script.sheets.items():
                    sheet = book.add_worksheet(title)
                    for column, width in script.widths[title].items():
                        sheet.set_column(column, column, width)
                    for top, left, bottom, right in script.merges[title]:
                        sheet.merge_range(top, left, bottom, right, "")
                    for row, column, value, look in cells:
                        if look not in looks:
                            looks[look] = book.add_format({"border": int(look[0]), "num_format": look[1]})
                        sheet.write(row, column, value, looks[look])
        with zipfile.ZipFile(folder / "hand.docx", "w", zipfile.ZIP_DEFLATED) as package:
            for name, part in parts.items():
                package.writestr(name, part)
            package.writestr("word/document.xml", template.render(n=numbers))

    return fill


def program_the_floor(case: Case, folder: Path) -> Work:
    """The very parts of a packet by a program without any logic: format each number, join, pack, write."""
    first, second = (case.renderer.render(v).files for v in case.variants[:2])
    files = [Skeleton(rendered, second[kind]) for kind, rendered in first.items()]
    for file, rendered in zip(files, first.values(), strict=True):
        assert package.read_parts(file.filled()) == package.read_parts(rendered.data)

    def pay() -> None:
        for number, file in enumerate(files):
            (folder / f"floor{number}").write_bytes(file.filled())

    return pay


_NUMBER = re.compile(r"(?<=[>\u2e80-\uffef])(-?\d[\d,]*(?:\.\d+)?)(?=[<%\u2e80-\uffef])")
"""A number in the text of XML: between marks or Chinese characters."""


class Skeleton:
    """A finished file whose numbers are formatted anew each time: the parts that differ from a variant's, cut at them."""

    def __init__(self, rendered: Rendered, variant: Rendered) -> None:
        parts, others = package.read_parts(rendered.data), package.read_parts(variant.data)
        changing = [name for name, part in parts.items() if part != others[name]]
        self._writer = package.PackageWriter(parts, changing)
        self._parts = {name: self._cut(parts[name].decode()) for name in changing}

    @staticmethod
    def _cut(xml: str) -> tuple[list[str], list[tuple[int, Decimal, str]]]:
        """The pieces of a part, and for each number its place among them, its value and its format."""
        pieces = _NUMBER.split(xml)
        numbers = []
        for at in range(1, len(pieces), 2):
            value = Decimal(pieces[at].replace(",", ""))
            form = f"{',' if ',' in pieces[at] else ''}.{max(-value.as_tuple().exponent, 0)}f"
            if format(value, form) == pieces[at]:
                numbers.append((at, value, form))
        return pieces, numbers

    def filled(self) -> bytes:
        """The file."""
        made = {}
        for name, (pieces, numbers) in self._parts.items():
            for at, value, form in numbers:
                pieces[at] = format(value, form)
            made[name] = "".join(pieces).encode()
        return self._writer.write(made)


def run_carbone(content: Content, modules: Path, rounds: int, folder: Path) -> float:
    files = [folder / name for name in ("carbone.xlsx", "xlsx.json", "carbone.docx", "docx.json")]
    files[1].write_text(json.dumps(make_workbook_for_carbone(content, files[0])), encoding="utf-8")
    files[3].write_text(json.dumps(make_document(content, files[2], carbone=True)), encoding="utf-8")
    node = shutil.which("node")
    assert node, "node is not installed"
    done = subprocess.run(
        [node, CARBONE, modules, str(rounds), *files], capture_output=True, encoding="utf-8", check=True, timeout=600
    )
    return sum(json.loads(done.stdout.splitlines()[-1]))


def with_zlib(work: Work) -> Work:
    """The same without isal."""

    def run() -> None:
        fast, package._fast = package._fast, None
        try:
            work()
        finally:
            package._fast = fast

    return run


def measure(case: Case, rounds: int, modules: Path | None) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        packet = case.renderer.render(case.variants[0])
        content = content_of(packet)
        ours, floor = fill_ours(case, iter(case.variants), folder), program_the_floor(case, folder)
        works: dict[str, Work] = {
            "ours": ours,
            "floor": floor,
            "ours, zlib": with_zlib(ours),
            "floor, zlib": with_zlib(floor),
            "openpyxl": fill_by_openpyxl(packet, content, folder),
            "openpyxl kept": fill_by_openpyxl_kept(packet, content, folder),
            "docxtpl": fill_by_docxtpl(content, folder),
            "by hand": fill_by_hand(packet, folder),
        }
        best = in_turn(rounds, works, frozenset({"openpyxl", "openpyxl kept", "docxtpl"}))
        if modules:
            best["carbone"] = run_carbone(content, modules, rounds, folder)
        figures = sum(len(rendered.printed) for rendered in packet.files.values())
        print(
            f"\n{case.name}: {figures} figures printed, document.xml {document_size(packet.document.data) // 1024} KB"
        )
        for line in told(best):
            print(f"  {line}")


def document_size(data: bytes) -> int:
    with zipfile.ZipFile(BytesIO(data)) as document:
        return document.getinfo("word/document.xml").file_size


def told(best: dict[str, float]) -> Iterator[str]:
    yield "  ".join(f"{name} {ms:.2f}" for name, ms in best.items()) + "  (ms a packet)"
    naive = best["openpyxl"] + best["docxtpl"]
    for ours, floor in (("ours", "floor"), ("ours, zlib", "floor, zlib")):
        carbone = f", carbone {best['carbone'] / best[ours]:.1f}×" if "carbone" in best else ""
        by_hand = f", by hand {best['by hand'] / best[ours]:.1f}×" if "by hand" in best else ""
        yield f"{ours}: openpyxl + docxtpl {naive / best[ours]:.1f}×{by_hand}{carbone}; {best[ours] / best[floor]:.1f} × the floor"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--carbone", type=Path, help="a node_modules folder with carbone")
    given = parser.parse_args()
    print("isal" if package._fast is not None else "isal is not installed: both columns are zlib's")
    variants = 2 * given.rounds + 4  # a fresh one for each turn, with isal and with zlib
    for path in EXAMPLES:
        measure(example(path, variants), given.rounds, given.carbone)
    for lines in (40, 120):
        measure(generated(lines, variants), given.rounds, given.carbone)


if __name__ == "__main__":
    main()
