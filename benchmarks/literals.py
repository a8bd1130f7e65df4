"""Whether every number of every packet has a source, and whether numbers typed into templates are told.

`python benchmarks/literals.py` builds all examples in all 版式 that can make them, and counts their numbers: printed from
figures, told by their form, in the unit's own texts; a number that is none of these is listed. `--plant 300 --seed 1`
types as many numbers into random places of random 版式 (cells, paragraphs, headers, narratives, phrases, settings, the
data and titles of charts), one at a time, and prints the share that is told at its place, and what else is told.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

import openpyxl
from docx import Document

from budgetgen.layout import Profile, profile_names, read_profile, shelves
from budgetgen.layout.literal_forms import TAG, numbers
from budgetgen.model.accounts import values_in
from budgetgen.office.cells import cell_area
from budgetgen.office.package import Package
from budgetgen.packet.literals import counted, literals
from budgetgen.packet.profile_check import templates_of
from budgetgen.pipeline import Examined, examine
from budgetgen.template import CellPlace, ParagraphPlace, Rendered
from budgetgen.verify import read_cells, read_paragraphs

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*/*.yaml"))
FIGURE, OWN, GLOSSARY, COUNT, PAGE, CODE = "由数据算出", "自己写的文字", "名词解释", "行次、栏次、序号", "页码", "编码"
_STORY = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes)\.xml")
_CLOSE, _BESIDE = 8, 3


# -------------------------------------------------------------------------------------------- every number's source


def sources(seen: Examined, rest: list[str]) -> Counter[str]:
    """How many numbers of a packet are what; those that are nothing known are added to `rest`, with their places."""
    assert seen.packet is not None
    assert seen.loaded is not None
    assert seen.computed is not None
    assert seen.profile is not None
    said = [
        str(t) for h in values_in(seen.loaded.accounts) for t in (h.value if isinstance(h.value, list) else [h.value])
    ]
    texts: dict[str, dict[str, Collection[str]]] = {
        OWN: windows(said),
        GLOSSARY: windows(t.text for t in seen.profile.glossary(seen.loaded.accounts.year)),
    }
    names = seen.computed.names
    codes = {part for code in (*names.functional, *names.economic) for part in (code, code[:3], code[3:5], code[5:])}
    texts[CODE] = dict.fromkeys(codes, frozenset())
    found: Counter[str] = Counter()
    whole: set[str] = set()
    for file, rendered in seen.packet.files.items():
        for place, text, typed in stretches(rendered, file.suffix, whole):
            found[FIGURE] += typed
            for one in numbers(text, seen.profile.fixed):
                kind = one.form or known(text, one.start, one.end, texts, whole)
                found[kind or "？"] += 1
                if not kind:
                    rest.append(f"{file.label} {place} {text[max(0, one.start - 12) : one.end + 12]!r}")
    return found


def windows(texts: Iterable[str]) -> dict[str, Collection[str]]:
    """Each number of the texts with the characters beside it, as far as its text goes."""
    found: dict[str, set[str]] = {}
    for text in texts:
        for one in numbers(text):
            near = re.sub(r"\s", "", text[max(0, one.start - _BESIDE) : one.end + _BESIDE])
            found.setdefault(one.text.strip(), set()).add(near)
    return dict(found)


def known(text: str, start: int, end: int, texts: dict[str, dict[str, Collection[str]]], whole: set[str]) -> str:
    """What a number without a form is, by where it stands; blank where that is nothing known."""
    near = re.sub(r"\s", "", text[max(0, start - _CLOSE) : end + _CLOSE])
    for name, said in texts.items():
        if any(window in near for window in said.get(text[start:end].strip(), ())):
            return name
    if text.strip() in whole:
        return COUNT
    if re.fullmatch(r"—\s*\d+\s*—|.+\t\d+", text.strip()):
        return PAGE
    return CODE if text.strip() in texts[CODE] else ""


def stretches(rendered: Rendered, suffix: str, whole: set[str]) -> Iterator[tuple[str, str, int]]:
    """(place, text with TAG for each figure, how many figures) of every text of a file; whole numbers that count are noted."""
    cells: dict[CellPlace, list[str]] = {}
    spans: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for item in rendered.printed:
        if isinstance(item.place, CellPlace):
            cells.setdefault(item.place, []).append(item.text)
        elif isinstance(item.place, ParagraphPlace):
            spans.setdefault(item.place[:2], []).append(item.place[2:])
    if suffix == "xlsx":
        yield from in_cells(rendered.data, cells, whole)
        return
    package = Package(rendered.data)
    for part in filter(_STORY.fullmatch, package):
        for number, text in enumerate(read_paragraphs(rendered.data, part)):
            own = sorted(spans.get((part, number), ()), reverse=True)
            for start, end in own:
                text = f"{text[:start]}{TAG}{text[end:]}"  # noqa: PLW2901
            yield f"{part}:{number}", text.replace(f"{TAG}%", TAG), len(own)


def in_cells(data: bytes, printed: dict[CellPlace, list[str]], whole: set[str]) -> Iterator[tuple[str, str, int]]:
    book = read_cells(data)
    grids: dict[str, dict[tuple[int, int], str]] = {}
    for (sheet, cell), text in book.items():
        area = cell_area(cell)
        assert area is not None
        grids.setdefault(sheet, {})[area[0], area[1]] = text
    for (sheet, cell), text in book.items():
        row, column, *_ = cell_area(cell) or (0, 0)
        here = printed.get(CellPlace(sheet, cell), [])
        if here and re.fullmatch(r"-?[\d.]+(?:[eE][-+]?\d+)?", text):
            yield f"{sheet}!{cell}", "", 1
            continue
        if counted(grids[sheet], row, column):
            whole.add(text)
        for shown in here:
            text = text.replace(shown, TAG, 1)  # noqa: PLW2901
        yield f"{sheet}!{cell}", text, len(here)


def count_all() -> bool:
    """Print the numbers of all examples in all 版式 by what they are. Whether each is known."""
    total: Counter[str] = Counter()
    rest: list[str] = []
    packets = 0
    for path in EXAMPLES:
        for name in ("", *profile_names()):
            seen = examine(path, profile=name)
            if seen.packet is not None:
                packets += 1
                total += sources(seen, rest)
    print(f"{packets} 套，{sum(total.values()):,} 个数")
    for kind, count in total.most_common():
        print(f"  {kind:　<10}{count:>8,}")
    print("\n".join(rest[:60]))
    return not rest


# ---------------------------------------------------------------------------------------------- planted literals


def amount(draw: random.Random) -> str:
    """A number as people type it."""
    whole = draw.randint(100, 99999)
    kinds = (f"{whole / 100:.2f}", f"{whole:,}.{draw.randint(10, 99)}", f"{draw.randint(101, 9999) / 100:.2f}%", f"{whole}",
             f"百分之{draw.choice('三五七九')}", f"{draw.choice('二三四五六')}成多", f"{draw.choice('三五八')}百万元")  # fmt: skip
    weights = (6, 3, 3, 3, 1, 1, 1)
    return draw.choices(kinds, weights)[0]


def into(text: str, number: str, draw: random.Random) -> str:
    """A text with a number put somewhere outside of its tags."""
    gaps = [
        m.start()
        for m in re.finditer(
            r"(?<=[一-龥，。])(?=[一-龥，。]|$)",
            re.sub(r"\{[{%#].*?[}%#]\}", lambda m: "x" * len(m[0]), text, flags=re.DOTALL),
        )
    ]
    at = draw.choice(gaps or [len(text)])
    return f"{text[:at]}约{number}元{text[at:]}"


Plant = Callable[[Profile, Path, str, random.Random], str]


def in_cell(profile: Profile, folder: Path, number: str, draw: random.Random) -> str:
    path = draw.choice([p for p in templates_of(profile) if p.suffix == ".xlsx"])
    book = openpyxl.load_workbook(path)
    sheet = draw.choice(book.worksheets)
    cells = [c for row in sheet.iter_rows() for c in row if c.value is not None and not re.match(r"\{%t", str(c.value))]
    cell = draw.choice(cells)
    text = isinstance(cell.value, str) and draw.random() < 0.5
    plain = number.replace(",", "")
    cell.value = (
        into(str(cell.value), number, draw) if text else float(plain) if re.fullmatch(r"[\d.]+", plain) else number
    )
    target = folder / "xlsx" / "甲" / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)
    return f"{sheet.title}!{cell.coordinate}"


def in_paragraph(profile: Profile, folder: Path, number: str, draw: random.Random) -> str:
    path = draw.choice([p for p in templates_of(profile) if p.suffix == ".docx"])
    document = Document(str(path))
    section = document.sections[0]
    place = draw.choices((document, section.header, section.footer), (6, 1, 1))[0]
    paragraph = draw.choice(
        [p for p in place.paragraphs if not p.text.startswith(("{%", "{{p"))] or [place.add_paragraph()]
    )
    paragraph.add_run(f"约{number}元")
    target = folder / "docx" / "甲" / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    document.save(str(target))
    return "“"


def in_narrative(profile: Profile, folder: Path, number: str, draw: random.Random) -> str:
    files = [p for f in profile.narrative_folders() for p in sorted(f.rglob("*.j2")) if p.name != "设置.j2"]
    path = draw.choice(files)
    inside = path.relative_to(next(f for f in profile.narrative_folders() if path.is_relative_to(f)))
    target = folder / "docx" / "甲" / "说明" / inside
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(into(path.read_text(encoding="utf-8"), number, draw), encoding="utf-8")
    return f"{inside.name}:"


def in_settings(profile: Profile, folder: Path, number: str, draw: random.Random) -> str:
    target = folder / "docx" / "甲" / "说明" / "设置.j2"
    target.parent.mkdir(parents=True, exist_ok=True)
    own = [f / "设置.j2" for f in profile.narrative_folders() if (f / "设置.j2").is_file()]
    text = own[0].read_text(encoding="utf-8")
    said = list(re.finditer(r'(?m)^\{% set \w+ = "([^"]*)" %\}', text))
    if said and draw.random() < 0.7:
        one = draw.choice(said)
        text = f"{text[: one.start(1)]}约{number}元{text[one.start(1) :]}"
    else:
        text += f'{{% set 某数 = "{number}" %}}\n'
    target.write_text(text, encoding="utf-8")
    return "设置.j2:"


def in_chart(profile: Profile, folder: Path, number: str, draw: random.Random) -> str:
    """A document with a chart, whose data sheet or title has the number."""
    from openpyxl import Workbook  # noqa: PLC0415

    path = next(p for p in templates_of(profile) if p.suffix == ".docx")
    book = Workbook()
    sheet = book.worksheets[0]
    rows = [["", "金额"], ["{{ 单位.名称 }}", "{{ 年度 }}"], ["合计", "{{ 年度 }}"]]
    title = draw.random() < 0.4
    if not title:
        rows[draw.randint(1, 2)][draw.randint(0, 1)] = f"约{number}元" if draw.random() < 0.5 else number
    for row in rows:
        sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    said = f"收支{number}元结构" if title else "收支结构"
    space = 'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    chart = f"<c:chartSpace {space}><c:chart><c:title><c:tx><c:rich><a:bodyPr/><a:p><a:r><a:t>{said}</a:t></a:r></a:p></c:rich></c:tx></c:title></c:chart></c:chartSpace>"
    relation = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/package" Target="../embeddings/a.xlsx"/></Relationships>'
    target = folder / "docx" / "甲" / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(path.read_bytes())
    with zipfile.ZipFile(target, "a") as package:
        package.writestr("word/charts/chart1.xml", chart)
        package.writestr("word/charts/_rels/chart1.xml.rels", relation)
        package.writestr("word/embeddings/a.xlsx", data.getvalue())
    return "图"


PLANTS: dict[str, tuple[Plant, int]] = {
    "单元格": (in_cell, 90), "段落、页眉页脚": (in_paragraph, 60), "说明、短语": (in_narrative, 100), "设置": (in_settings, 25), "图": (in_chart, 25),
}  # fmt: skip


def same(number: str, cause: str) -> bool:
    """Whether a number is told, as it was typed or as a worksheet holds it."""
    return number.replace(",", "").rstrip("0").rstrip(".") in cause.replace(",", "")


def plant_all(count: int, seed: int) -> bool:
    """Print how many planted numbers are told, by where they were planted. Whether 99 in 100 are, and nothing else is."""
    draw = random.Random(seed)
    told, planted, others = Counter[str](), Counter[str](), 0
    names = [n for n in profile_names() if n != "甲"]
    for number_of in range(count):
        kind = draw.choices(list(PLANTS), [weight for _, weight in PLANTS.values()])[0]
        name, number = draw.choice(names), amount(draw)
        with tempfile.TemporaryDirectory() as folder:
            own = Path(folder)
            (own / "profiles").mkdir()
            (own / "profiles" / "甲.yaml").write_text(f"中文名: 甲\n继承: {name}\n", encoding="utf-8")
            place = PLANTS[kind][0](read_profile(name), own, number, draw)
            found = literals(read_profile("甲", shelves([own])))
        planted[kind] += 1
        here = [i for i in found if same(number, i.cause) and place in str(i.place)]
        told[kind] += bool(here)
        others += len(found) - len(here[:1])
        if not here or len(found) > 1:
            print(number_of, name, kind, place, number, [str(i) for i in found][:3])
    for kind, n in planted.items():
        print(f"  {kind:　<10}{told[kind]:>4} / {n}")
    share = told.total() / planted.total()
    print(f"共 {told.total()} / {planted.total()}（{share:.1%}），误报 {others}")
    return share >= 0.99 and not others


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--plant", type=int, default=0)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    sys.exit(not (plant_all(given.plant, given.seed) if given.plant else count_all()))
