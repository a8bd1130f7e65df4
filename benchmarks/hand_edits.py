"""How many of a hand's edits `verify` tells: files of the examples are edited at random, half of them saved again by LibreOffice.

    python benchmarks/hand_edits.py --edits 500 --seed 1

Each edit is on a line of its own. Told must be each number and word of direction that was changed, with both texts, and none
that was not: else the exit code is 1. Lines whose words were changed, that were added or taken away are counted too.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from budgetgen.office.libreoffice import convert, find_office
from budgetgen.office.package import BOOK, DOCUMENT, Package, extended, serialized
from budgetgen.pipeline import build
from budgetgen.verify import paragraph_text, sheet_parts
from budgetgen.verify.changes import State, What, verdict_of
from budgetgen.verify.lines import CHARTS, WHOLE, Line, read_lines
from budgetgen.verify.marks import Mark, MarkedLine, read_marks

EXAMPLES = Path(__file__).parent.parent / "examples"
A_FILE = 10
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
OPPOSITE = {
    "增加": "减少",
    "减少": "增加",
    "增长": "下降",
    "下降": "增长",
    "大于": "小于",
    "小于": "大于",
    "持平": "增加",
}
Told = tuple[str, str, str]
"""What has happened, what stood there, what stands there now; of words only the first."""


@dataclass
class Edited:
    """A file with the edits that were made in it."""

    name: str
    data: bytes
    made: list[Told] = field(default_factory=list)


def number_like(text: str, draw: random.Random) -> str:
    """Another number of the same form."""
    while True:
        other = (
            re.sub(r"\d", lambda _: str(draw.randrange(1, 10)), text)
            or f"{draw.randrange(1, 999)}.{draw.randrange(10, 99)}"
        )
        if other != text:
            return other


class Hand:
    """Edits one file: the elements of its lines, in the order of lines, none edited twice."""

    def __init__(self, data: bytes, draw: random.Random) -> None:
        self.draw, self.made = draw, []
        self.package = Package(data)
        marks = read_marks(data)
        assert marks is not None
        self.lines = read_lines(data)
        self.marked: list[tuple[MarkedLine, Line]] = []
        for group, lines in self.lines.items():
            if group != CHARTS:
                self.marked += zip(marks.groups[group], lines, strict=True)
        self.free = list(range(len(self.marked)))
        self.roots: dict[str, Any] = {}

    def take(self, fits: Callable[[MarkedLine, Line], bool]) -> tuple[MarkedLine, Line] | None:
        found = [n for n in self.free if fits(*self.marked[n])]
        if not found:
            return None
        n = self.draw.choice(found)
        self.free = [f for f in self.free if abs(f - n) > 0]
        return self.marked[n]

    def root(self, part: str) -> Any:
        if part not in self.roots:
            self.roots[part] = self.package.root(part)
        return self.roots[part]

    def whole(self) -> bytes:
        return extended(self.package, {part: serialized(root) for part, root in self.roots.items()})

    def mark(self, then: MarkedLine, wanted: Callable[[Mark], bool]) -> Mark:
        return self.draw.choice([m for m in then.marks if wanted(m)])


class InDocument(Hand):
    """Edits a document."""

    def __init__(self, data: bytes, draw: random.Random) -> None:
        super().__init__(data, draw)
        self.paragraphs = list(self.root(DOCUMENT).iter(f"{W}p"))
        self.texts = {n: paragraph_text(p) for n, p in enumerate(self.paragraphs)}

    def edit(self) -> bool:
        return self.draw.choice(
            [self.number, self.number, self.direction, self.words, self.cell, self.cell, self.without, self.more]
        )()

    def change(self, line: Line, column: int, old: str, new: str, at: int) -> bool:
        """Put `new` for the `at`-th text of a line's cell; False where its paragraph is not plain."""
        number = line.paragraph_of(column)
        paragraph, text = self.paragraphs[number], self.texts[number]
        if any(
            next(paragraph.iter(f"{W}{tag}"), None) is not None
            for tag in ("tab", "br", "fldChar", "drawing", "hyperlink")
        ):
            return False
        begin = text.index(line.cells[column]) + at if line.sentence else at
        if text[begin : begin + len(old)] != old:
            return False
        self.write(number, text[:begin] + new + text[begin + len(old) :])
        return True

    def write(self, number: int, text: str) -> None:
        texts = list(self.paragraphs[number].iter(f"{W}t"))
        self.texts[number] = text
        for n, each in enumerate(texts):
            each.text = text if n == 0 else ""

    def number(self) -> bool:
        found = self.take(lambda m, line: line.sentence > 0 and any(x.name for x in m.marks))
        if not found:
            return False
        then, line = found
        mark = self.mark(then, lambda m: bool(m.name))
        new = number_like(mark.text, self.draw)
        token = line.tokens(0)[mark.spot.token]
        if self.change(line, 0, mark.text, new, token.start()):
            self.made.append((What.NUMBER.value, mark.text, new))
        return True

    def direction(self) -> bool:
        found = self.take(lambda m, line: line.sentence > 0 and any(x.text in OPPOSITE for x in m.marks))
        if not found:
            return False
        then, line = found
        mark = self.mark(then, lambda m: m.text in OPPOSITE)
        token = line.tokens(0)[mark.spot.token]
        if self.change(line, 0, mark.text, OPPOSITE[mark.text], token.start()):
            self.made.append((What.DIRECTION.value, mark.text, OPPOSITE[mark.text]))
        return True

    def words(self) -> bool:
        found = self.take(lambda _, line: len(line.text) > 6)
        if not found:
            return False
        _, line = found
        column = self.draw.choice(list(line.cells))
        places = [m.start() for m in re.finditer(r"(?<=[一-龥])[一-龥]", line.cells[column])]
        if places and self.change(
            line, column, "", self.draw.choice(["的", "本级", "等有关"]), self.draw.choice(places)
        ):
            self.made.append((What.WORDS.value, "", ""))
        return True

    def cell(self) -> bool:
        found = self.take(
            lambda m, line: not line.sentence and any(x.name and x.spot.token == WHOLE and x.text for x in m.marks)
        )
        if not found:
            return False
        then, line = found
        mark = self.mark(then, lambda m: bool(m.name and m.text) and m.spot.token == WHOLE)
        new = self.draw.choice(["", *[number_like(mark.text, self.draw)] * 4])
        if self.change(line, mark.spot.column, mark.text, new, 0):
            self.made.append((What.NUMBER.value, mark.text, new))
        return True

    def without(self) -> bool:
        """A row, or a paragraph of one sentence, taken away."""
        found = self.take(lambda _, line: not line.sentence or self.texts[line.at].strip() == line.cells[0].strip())
        if not found:
            return False
        then, line = found
        element = self.paragraphs[line.at]
        if not line.sentence:
            element = next(element.iterancestors(f"{W}tr"))
            if element.getparent().find(f"{W}tr") is element or self.merged(element):
                return True
        elif next(element.iter(f"{W}sectPr", f"{W}fldChar", f"{W}drawing"), None) is not None:
            return True
        element.getparent().remove(element)
        self.made.append((What.REMOVED.value, "、".join(m.text for m in then.marks if m.text), ""))
        return True

    def merged(self, row: Any) -> bool:
        near = [row, row.getnext()] if row.getnext() is not None else [row]
        return any(next(r.iter(f"{W}vMerge"), None) is not None for r in near)

    def more(self) -> bool:
        """A row or a paragraph like another, with other words, put behind it."""
        found = self.take(lambda _, line: not line.sentence or line.sentence == 1)
        if not found:
            return False
        _, line = found
        element = self.paragraphs[line.at]
        if not line.sentence:
            element = next(element.iterancestors(f"{W}tr"))
            if self.merged(element):
                return True
        if (
            next(
                element.iter(f"{W}sectPr", f"{W}fldChar", f"{W}drawing", f"{W}br", f"{W}tab", f"{W}bookmarkStart"), None
            )
            is not None
        ):
            return True
        like = deepcopy(element)
        texts = list(like.iter(f"{W}t"))
        if not texts:
            return True
        for t in texts:
            t.text = ""
        texts[0].text = f"另有补充事项{self.draw.randrange(10, 99)}万元，{self.draw.randrange(1, 9)}.5%"
        element.addnext(like)
        self.made.append((What.ADDED.value, "", ""))
        return True


class InWorkbook(Hand):
    """Edits a workbook."""

    def __init__(self, data: bytes, draw: random.Random) -> None:
        super().__init__(data, draw)
        self.parts = dict(sheet_parts(self.package))
        self.at = {id(line): self.row(line) for _, line in self.marked}

    def row(self, line: Line) -> Any:
        return next(r for r in self.root(self.parts[line.group]).iter(f"{S}row") if r.get("r") == str(line.at))

    def edit(self) -> bool:
        return self.draw.choice([self.cell, self.cell, self.cell, self.words, self.without, self.more])()

    def cells(self, line: Line) -> dict[str, Any]:
        return {re.sub(r"\d", "", c.get("r")): c for c in self.at[id(line)]}

    def cell(self) -> bool:
        from budgetgen.office.cells import column_name  # noqa: PLC0415

        found = self.take(lambda m, _: any(x.name and x.spot.token == WHOLE and x.text for x in m.marks))
        if not found:
            return False
        then, line = found
        mark = self.mark(then, lambda m: bool(m.name and m.text) and m.spot.token == WHOLE)
        value = self.cells(line)[column_name(mark.spot.column)].find(f"{S}v")
        if value is None:
            return True
        new = number_like(mark.text.replace(",", "").rstrip("%"), self.draw)
        value.text = new
        self.made.append((What.NUMBER.value, mark.text, new))
        return True

    def words(self) -> bool:
        found = self.take(
            lambda _, line: any(next(c.iter(f"{S}t"), None) is not None for c in self.cells(line).values())
        )
        if not found:
            return False
        texts = [t for c in self.cells(found[1]).values() for t in c.iter(f"{S}t") if t.text]
        chosen = self.draw.choice(texts)
        chosen.text = f"本级{chosen.text}"
        self.made.append((What.WORDS.value, "", ""))
        return True

    def without(self) -> bool:
        found = self.take(lambda m, _: bool(m.marks))
        if not found:
            return False
        then, line = found
        if self.merged(line):
            return True
        row = self.at[id(line)]
        sheet = row.getparent()
        self.shift(sheet, int(row.get("r")), -1)
        sheet.remove(row)
        self.made.append((What.REMOVED.value, "、".join(m.text for m in then.marks if m.text), ""))
        return True

    def merged(self, line: Line) -> bool:
        return next(self.root(self.parts[line.group]).iter(f"{S}mergeCell"), None) is not None and self.below_merges(
            line
        )

    def below_merges(self, line: Line) -> bool:
        """Whether a merged area lies in the row or below it: taking rows away or putting them in would move it."""
        row = int(self.at[id(line)].get("r"))
        areas = (a.get("ref") for a in self.root(self.parts[line.group]).iter(f"{S}mergeCell"))
        return any(int(n) >= row for area in areas for n in re.findall(r"\d+", area))

    def shift(self, sheet: Any, after: int, by: int) -> None:
        for row in sheet.iter(f"{S}row"):
            number = int(row.get("r"))
            if number > after:
                row.set("r", str(number + by))
                for c in row:
                    c.set("r", re.sub(r"\d+", str(number + by), c.get("r")))

    def more(self) -> bool:
        found = self.take(lambda m, _: bool(m.marks))
        if not found or self.merged(found[1]):
            return bool(found)
        row = self.at[id(found[1])]
        number = int(row.get("r"))
        self.shift(row.getparent(), number, 1)
        like = deepcopy(row)
        like.set("r", str(number + 1))
        for c in list(like):
            c.set("r", re.sub(r"\d+", str(number + 1), c.get("r")))
            if c.find(f"{S}v") is not None:
                c.find(f"{S}v").text = str(self.draw.randrange(1000, 99999))
            for t in c.iter(f"{S}t"):
                t.text = f"另有事项{self.draw.randrange(100, 999)}"
        row.addnext(like)
        self.made.append((What.ADDED.value, "", ""))
        return True


def edited_file(name: str, data: bytes, count: int, draw: random.Random) -> Edited:
    """The file with `count` edits, or as many as it has lines for."""
    hand = (InWorkbook if BOOK in Package(data) else InDocument)(data, draw)
    for _ in range(count * 8):
        if len(hand.made) >= count:
            break
        hand.edit()
    return Edited(name, hand.whole(), hand.made)


def saved_again(files: Sequence[Edited], folder: Path) -> Iterator[Edited]:
    """The same files after LibreOffice."""
    program = find_office()
    assert program, "LibreOffice is not installed"
    for suffix in ("docx", "xlsx"):
        chosen = [f for f in files if f.name.endswith(suffix)]
        for file in chosen:
            (folder / file.name).write_bytes(file.data)
        trouble = convert(program, suffix, [folder / f.name for f in chosen], folder / "anew") if chosen else ""
        assert not trouble, trouble
        yield from (Edited(f.name, (folder / "anew" / f.name).read_bytes(), f.made) for f in chosen)


def judged(file: Edited) -> tuple[Counter[str], list[str], list[str]]:
    """How much of what was done was told; numbers and directions missed or told wrongly; words and lines told otherwise."""
    verdict = verdict_of(file.data)
    exact = (What.NUMBER, What.DIRECTION, What.REMOVED)
    told = Counter(
        (c.what.value, c.then, c.now) if c.what in exact else (c.what.value, "", "") for c in verdict.changes
    )
    made = Counter(file.made)
    counts: Counter[str] = Counter()
    for each, n in made.items():
        counts[f"{each[0]} 改了"] += n
        counts[f"{each[0]} 说了"] += min(n, told[each])
    differ = [(f"{file.name}: missed {each} × {n}", each) for each, n in (made - told).items()]
    differ += [(f"{file.name}: not done {each} × {n}", each) for each, n in (told - made).items()]
    grave = (What.NUMBER.value, What.DIRECTION.value)
    wrong = [text for text, each in differ if each[0] in grave]
    if verdict.state is not (State.CHANGED if made else verdict.state):
        wrong.append(f"{file.name}: {verdict.words}")
    return counts, wrong, [text for text, each in differ if each[0] not in grave]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    draw = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        folder.mkdir(exist_ok=True)
        packets = [
            p for e in sorted(EXAMPLES.glob("*/unit.yaml")) for p in build(e, folder / e.parent.name, force=True).files
        ]
        files, done = [], 0
        while done < asked.edits:
            path = draw.choice(packets)
            file = edited_file(f"{len(files)}{path.suffix}", path.read_bytes(), min(A_FILE, asked.edits - done), draw)
            files.append(file)
            done += len(file.made)
        half = files[::2]
        again = {f.name: f for f in saved_again(half, folder)}
        total, wrong, otherwise = Counter[str](), [], []
        for file in files:
            counts, missed, others = judged(again.get(file.name, file))
            total += counts
            wrong += missed
            otherwise += others
        if asked.keep:
            for file in files:
                (folder / file.name).write_bytes(again.get(file.name, file).data)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{done} edits in {len(files)} files, {len(half)} of them saved again by LibreOffice")
    for kind in What:
        print(f"  {kind.value}: {total[f'{kind.value} 说了']} of {total[f'{kind.value} 改了']}")
    print("\n".join([*wrong, *(f"（{text}）" for text in otherwise)]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
