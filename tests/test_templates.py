"""The shipped templates: saved again by LibreOffice they give the same values; what they give keeps the formats' rules."""

from __future__ import annotations

import io
import posixpath
import re
import subprocess
from itertools import count
from pathlib import Path
from zipfile import ZipFile

import docx
import openpyxl
import pytest
from lxml import etree

from budgetgen.classification import read_classification
from budgetgen.compute import Computed, compute
from budgetgen.expression import Environment, environment
from budgetgen.layout import kinds, read_profile
from budgetgen.model.extra_fields import fitted
from budgetgen.packet.narratives import Narratives
from budgetgen.packet.render import PacketRenderer, namespace
from budgetgen.reading import load
from budgetgen.template import compile_document, compile_workbook
from tests.read_back import OF_FINAL_ACCOUNTS

CASES = Path(__file__).parent / "cases"
PROFILES = OF_FINAL_ACCOUNTS
TEMPLATES = {
    n: [p for k in kinds() if read_profile(n).has(k) for p in read_profile(n).templates(k).values()] for n in PROFILES
}
FRAMES = sorted({p for paths in TEMPLATES.values() for p in paths if p.suffix == ".docx" and p.stem != "采购意向"})


@pytest.fixture(scope="module")
def computed() -> Computed:
    accounts = fitted(load(CASES / "everything.yaml").accounts, read_profile("sichuan").model)
    return compute(accounts, read_classification(2024))


def environment_of(profile: str) -> Environment:
    """With the settings of a 版式, and the numbers of its charts."""
    narratives = Narratives(read_profile(profile).narrative_folders())
    return environment(narratives.wording, names={"设置": narratives.settings, "图号": count(1).__next__})


def resaved(soffice: str, folder: Path, path: Path, kind: str) -> Path:
    command = [soffice, f"-env:UserInstallation={(folder / 'lo').as_uri()}", "--headless", "--convert-to", kind]
    subprocess.run([*command, "--outdir", str(folder), str(path)], check=True, capture_output=True, timeout=180)
    return folder / path.name


def cells(data: bytes) -> dict[str, list[tuple[str, object]]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {
        sheet.title: [(c.coordinate, c.value) for row in sheet.iter_rows() for c in row if c.value not in (None, "")]
        for sheet in book
    }


@pytest.mark.parametrize("name", PROFILES)
def test_a_workbook_saved_again_by_libreoffice_gives_the_same_cells(
    name: str, soffice: str, tmp_path: Path, computed: Computed
) -> None:
    for path, least in zip([p for p in TEMPLATES[name] if p.suffix == ".xlsx"], (400, 200), strict=False):
        again = resaved(soffice, tmp_path, path, "xlsx:Calc MS Excel 2007 XML")
        env = environment_of(name)
        first = cells(compile_workbook(path, env).render(namespace(computed)).data)
        assert sum(map(len, first.values())) > least
        assert cells(compile_workbook(again, env).render(namespace(computed)).data) == first


@pytest.mark.parametrize("path", FRAMES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_a_document_frame_saved_again_by_libreoffice_gives_the_same_paragraphs(
    path: Path, soffice: str, tmp_path: Path, computed: Computed
) -> None:
    again = resaved(soffice, tmp_path, path, "docx:MS Word 2007 XML")
    names = namespace(computed) | {
        "说明": lambda name, **_: name,
        "表": lambda name, _=None: name,
        "目录": lambda: "目录",
    }
    texts = []
    for frame in (path, again):
        data = compile_document(frame, environment_of(path.parent.name)).render(names).data
        texts.append([p.text for p in docx.Document(io.BytesIO(data)).paragraphs if p.text])
    assert len(texts[0]) > 10
    assert texts[0] == texts[1]


# ------------------------------------------------------------------------- rules that Word and Excel enforce

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
SHEET_ORDER = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetProtection", "autoFilter",
    "mergeCells", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup",
    "headerFooter", "rowBreaks", "colBreaks", "ignoredErrors", "drawing", "legacyDrawing", "tableParts", "extLst",
)  # fmt: skip


@pytest.fixture(scope="module", params=PROFILES)
def packet(request: pytest.FixtureRequest, computed: Computed) -> tuple[bytes, ...]:
    """The nine tables, the document, 绩效自评's tables, and its document."""
    packets = [
        PacketRenderer(read_profile(request.param), kind).render(computed) for kind in kinds() if not kind.extra_fields
    ]
    files = {file.template: rendered.data for packet in packets for file, rendered in packet.files.items()}
    return tuple(files.values())


def parts(data: bytes) -> dict[str, bytes]:
    with ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        names = package.namelist()
        assert len(names) == len(set(names))
        return {n: package.read(n) for n in names}


def test_every_part_is_well_formed_typed_and_related(packet: tuple[bytes, ...]) -> None:
    for data in packet:
        found = parts(data)
        types = etree.fromstring(found["[Content_Types].xml"])
        overrides = {e.get("PartName", "").lstrip("/") for e in types if "PartName" in e.attrib}
        defaults = {e.get("Extension", "").lower() for e in types if "Extension" in e.attrib}
        assert overrides <= set(found)
        for name, content in found.items():
            assert name == "[Content_Types].xml" or name in overrides or name.rpartition(".")[2].lower() in defaults
            if name.endswith((".xml", ".rels")):
                etree.fromstring(content)
            if name.endswith(".rels"):
                folder = Path(name).parent.parent
                for relation in etree.fromstring(content):
                    if relation.get("TargetMode") != "External":
                        target = str(relation.get("Target"))
                        at = (
                            target.lstrip("/")
                            if target.startswith("/")
                            else posixpath.normpath((folder / target).as_posix())
                        )
                        assert at in found, (name, target)


def test_sheets_hold_their_elements_in_order_and_their_cells_where_they_say(packet: tuple[bytes, ...]) -> None:
    for name, content in (*parts(packet[0]).items(), *parts(packet[2]).items()):
        if not re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
            continue
        root = etree.fromstring(content)
        order = [SHEET_ORDER.index(etree.QName(e).localname) for e in root]
        assert order == sorted(order), name
        rows = [int(r.get("r", 0)) for r in root.iter(f"{S}row")]
        assert rows == sorted(set(rows)), name
        for row in root.iter(f"{S}row"):
            refs = [str(c.get("r")) for c in row]
            assert all(re.fullmatch(rf"[A-Z]+{row.get('r')}", ref) for ref in refs), name
            assert refs == sorted(refs, key=lambda ref: (len(ref), ref)), name


def test_documents_have_unique_ids_and_closed_bookmarks(packet: tuple[bytes, ...]) -> None:
    root = etree.fromstring(parts(packet[1])["word/document.xml"])
    starts = [e.get(f"{W}id") for e in root.iter(f"{W}bookmarkStart")]
    assert len(starts) == len(set(starts))
    assert sorted(starts) == sorted(e.get(f"{W}id") for e in root.iter(f"{W}bookmarkEnd"))
    names = {e.get(f"{W}name") for e in root.iter(f"{W}bookmarkStart")}
    assert {e.get(f"{W}anchor") for e in root.iter(f"{W}hyperlink")} <= names
    kinds = [e.get(f"{W}fldCharType") for e in root.iter(f"{W}fldChar")]
    assert kinds.count("begin") == kinds.count("separate") == kinds.count("end") > 20
    for table in root.iter(f"{W}tbl"):
        columns = len(table.findall(f"{W}tblGrid/{W}gridCol"))
        for row in table.findall(f"{W}tr"):
            spans = [c.find(f"{W}tcPr/{W}gridSpan") for c in row.findall(f"{W}tc")]
            assert sum(int(s.get(f"{W}val", 1)) if s is not None else 1 for s in spans) == columns
            assert all(c[-1].tag == f"{W}p" for c in row.findall(f"{W}tc"))


def test_all_files_are_read_by_openpyxl_and_python_docx(packet: tuple[bytes, ...]) -> None:
    tables = len(openpyxl.load_workbook(io.BytesIO(packet[0])).sheetnames)
    assert tables in (9, 10, 13)
    own = len(docx.Document(io.BytesIO(packet[3])).tables)
    assert len(docx.Document(io.BytesIO(packet[1])).tables) == tables + own
    assert len(openpyxl.load_workbook(io.BytesIO(packet[2])).sheetnames) == 4
