"""Damaged files of every kind that strangers send: none may end in a traceback, or hang.

    python benchmarks/fuzz.py [N] [--kind NAME] [--seed N] [--keep FOLDER]

Of each kind N files (2,000 unless told) are made from good ones: bytes flipped, cut or repeated, parts of the package
dropped, emptied or exchanged, elements of its XML taken away, doubled, nested or given odd texts, streams and objects of a
PDF changed, lines of YAML taken away, doubled, shifted or given odd values. A file's number is its seed: the same number makes the same file. Printed are the
numbers of those that raised, with the exception, and how many were read or refused.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
import time
import traceback
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

from lxml import etree
from pypdf import PdfWriter

from budgetgen import template
from budgetgen.audit import audit_file
from budgetgen.expression import environment, inking
from budgetgen.form.writer import write_form_book
from budgetgen.issues import Rejected
from budgetgen.layout import read_profile, shelves
from budgetgen.office.libreoffice import to_pdf
from budgetgen.packet.render import GLOSSARY, DocumentRenderer, FilledBooks, PacketRenderer, namespace
from budgetgen.pipeline import examine
from budgetgen.reading import read_head
from budgetgen.template import TemplateError
from budgetgen.template.language.rendered import PICTURE

ROOT = Path(__file__).parents[1]
UNIT = ROOT / "examples/tianyuan-party-office/unit.yaml"
EVERYTHING = ROOT / "tests/cases/everything.yaml"
SLOW = 20.0
"""Seconds after which a file is told as slow."""
ODD = (
    "", " ", "-", "0", "-1", "1e999", "nan", "Infinity", "9" * 400, "1_000", "0x1F", "1,2,3", "２０２４", "=1+1", "#REF!", "~", "null",
    "true", "\u202e甲局", "\u200b", "\ufeff", "甲" * 40_000, "{{ 年度 }}", "{% for i in 列 %}", "{%tr endfor %}", "{{", "A1:B", "1:1048577",
    "XFD1048577", "A0", "../../etc/passwd", "4294967296", "-2147483649", "2024-13-45", "é\u0301", "\U0001f600", "rId99", "x:y",
)  # fmt: skip
YAML_ODD = (
    *(o for o in ODD if len(o) < 1000), "[", "]", "{", "}", "&a x", "*a", "!!python/object:os.system x", "!!binary aGk=", "|", ">-", "? x", "- - -", "%YAML 9",
    "---", "...", "\t", "'", '"', "#", ": :", "<<: *a", "2013102: 3", "[[[[[[[[", "@", "`", "\x00", "\x1b", "\x85",
)  # fmt: skip
Mutate = Callable[[bytes, random.Random], bytes]


# ---------------------------------------------------------------------------------------------------- what is done


def in_bytes(data: bytes, dice: random.Random) -> bytes:
    """Some bytes changed, a run taken out, doubled or moved, or the end cut off."""
    out = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 5, 40))):
        if not out:
            break
        at, length = dice.randrange(len(out)), dice.choice((1, 4, 30, 1000))
        kind = dice.randrange(5)
        if kind == 0:
            out[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            del out[at : at + length]
        elif kind == 2:
            out[at:at] = out[at : at + length]
        elif kind == 3:
            out[at : at + length] = dice.randbytes(min(length, 64))
        elif dice.random() < 0.2:
            del out[at:]
    return bytes(out)


def in_members(data: bytes, dice: random.Random) -> bytes:
    """Parts of the package dropped, emptied, exchanged, renamed or damaged."""
    parts = unzipped(data)
    for _ in range(dice.choice((1, 1, 2, 3))):
        if not parts:
            break
        name, other = dice.choice(list(parts)), dice.choice(list(parts))
        kind = dice.randrange(6)
        if kind == 0:
            del parts[name]
        elif kind == 1:
            parts[name] = b""
        elif kind == 2:
            parts[name], parts[other] = parts[other], parts[name]
        elif kind == 3:
            parts[dice.choice((name.upper(), f"../{name}", f"/{name}", name + "x", "甲/" + name))] = parts.pop(name)
        elif kind == 4:
            parts[name] = in_bytes(parts[name], dice)
        else:
            parts[name] = b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"
    return zipped(parts)


def in_xml(data: bytes, dice: random.Random) -> bytes:
    """Elements of one or two parts taken away, doubled, moved, renamed, nested, or given odd texts and attributes."""
    parts = unzipped(data)
    names = [n for n in parts if n.endswith((".xml", ".rels"))]
    main = [n for n in names if "sheet" in n or "document" in n or "workbook" in n or "sharedStrings" in n]
    for _ in range(dice.choice((1, 1, 2))):
        name = dice.choice(main if main and dice.random() < 0.7 else names)
        root = etree.fromstring(parts[name])
        for _ in range(dice.choice((1, 2, 6))):
            change_tree(root, dice)
        parts[name] = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return zipped(parts)


def change_tree(root: etree._Element, dice: random.Random) -> None:
    elements = [e for e in root.iter() if isinstance(e.tag, str)]
    element, other = dice.choice(elements), dice.choice(elements)
    parent = element.getparent()
    kind = dice.randrange(8)
    if kind == 0 and parent is not None:
        parent.remove(element)
    elif kind == 1 and parent is not None:
        parent.insert(parent.index(element), etree.fromstring(etree.tostring(element)))
    elif kind == 2:
        element.text = dice.choice(ODD)
    elif kind in (3, 4):
        key = dice.choice([*element.attrib, "r", "s", "t", "ref", "count"])
        element.set(key, dice.choice(ODD))
    elif kind == 5 and element.attrib:
        del element.attrib[dice.choice(list(element.attrib))]
    elif kind == 6:
        element.append(etree.fromstring(etree.tostring(other)) if len(other) < 50 else etree.Element("a"))
    else:
        element.tag = other.tag


def in_lines(data: bytes, dice: random.Random) -> bytes:
    """Lines taken away, doubled, shifted, exchanged or given an odd value."""
    lines = data.decode("utf-8").split("\n")
    for _ in range(dice.choice((1, 1, 2, 4, 10))):
        at, other = dice.randrange(len(lines)), dice.randrange(len(lines))
        kind = dice.randrange(8)
        if kind == 0 and len(lines) > 1:
            del lines[at]
        elif kind == 1:
            lines.insert(other, lines[at])
        elif kind == 2:
            lines[at] = dice.choice((" ", "  ", "\t", "- ", "    ")) + lines[at]
        elif kind == 3:
            lines[at] = lines[at].lstrip()
        elif kind == 4:
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == 5:
            lines.insert(at, dice.choice(YAML_ODD))
        elif kind == 6:
            key, mark, _ = lines[at].partition(":")
            lines[at] = f"{key}{mark} {dice.choice(YAML_ODD)}"
        else:
            cut = dice.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:cut] + dice.choice(YAML_ODD) + lines[at][cut:]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def in_pdf(data: bytes, dice: random.Random) -> bytes:
    """Streams of a PDF unpacked, changed and packed again, or numbers, names and references outside of them changed."""
    out = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 5))):
        found = list(PDF_STREAM.finditer(bytes(out)))
        if found and dice.random() < 0.5:
            at = dice.choice(found)
            try:
                changed = in_bytes(zlib.decompress(at[1]), dice)
            except zlib.error:
                continue
            out[at.start(1) : at.end(1)] = zlib.compress(changed)
            continue
        words = list(PDF_WORD.finditer(bytes(out)))
        if words:
            at, other = dice.choice(words), dice.choice(words)
            out[at.start() : at.end()] = dice.choice(
                (b"", b"0", b"-1", b"9" * 30, b"[" * 500, b"1e999", b"<<", other[0], at[0] * 2)
            )
    return bytes(out)


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as package:
        return {n: package.read(n) for n in package.namelist()}


def zipped(parts: dict[str, bytes]) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for name, part in parts.items():
            package.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


OFFICE: tuple[Mutate, ...] = (in_bytes, in_members, in_xml, in_xml, in_xml)
PDF: tuple[Mutate, ...] = (in_bytes, in_pdf, in_pdf, in_pdf)
PDF_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
PDF_WORD = re.compile(
    rb"(?:/[A-Za-z0-9]+|\d+ \d+ R|\b\d+(?:\.\d+)?\b|obj|endobj|xref|trailer|<<|>>|\[|\])(?=[^\x80-\xff]{0,200}[\n>])"
)
TEXT: tuple[Mutate, ...] = (in_bytes, in_lines, in_lines, in_lines)


# ---------------------------------------------------------------------------------------------------- what is tried


class Trials:
    """The good files of each kind, and what is done with a damaged one."""

    def __init__(self) -> None:
        unit, everything = (examine(path, profile="tianyuan") for path in (UNIT, EVERYTHING))
        assert unit.computed, [str(i) for i in unit.issues if i.stops]
        assert unit.packet
        assert unit.profile
        assert unit.kind
        assert everything.computed
        assert everything.loaded
        self._renderer = renderer = PacketRenderer(unit.profile, unit.kind)
        more = {GLOSSARY: renderer._glossary(unit.computed), PICTURE: renderer._pictures(None)}
        self._names = namespace(unit.computed) | more
        self._whole = namespace(everything.computed) | more
        packet = unit.packet
        form = write_form_book(everything.loaded.accounts, ["standard", "tianyuan"])
        files = ROOT / "templates"
        self.kinds: dict[str, tuple[str, tuple[Mutate, ...], list[bytes], Callable[[Path], bool]]] = {
            "填报表": (".xlsx", OFFICE, [form], self.read),
            "公开表": (".xlsx", OFFICE, [packet.workbook.data], self.read),
            "公开文本": (".docx", OFFICE, [packet.document.data], self.read),
            "审核文本": (".docx", OFFICE, [packet.document.data], self.audit),
            "审核PDF": (".pdf", PDF, printed(packet.document.data), self.audit),
            "数据文件": (".yaml", TEXT, [UNIT.read_bytes(), EVERYTHING.read_bytes()], self.read),
            "表格模板": (
                ".xlsx",
                OFFICE,
                [(files / "xlsx" / n).read_bytes() for n in ("standard/公开表.xlsx", "standard/绩效自评表.xlsx")],
                self.fill_workbook,
            ),
            "文本模板": (".docx", OFFICE, [(files / "docx/standard/决算公开.docx").read_bytes()], self.fill_document),
            "版式设置": (
                ".yaml",
                TEXT,
                [p.read_bytes() for p in sorted((ROOT / "config/profiles").glob("*.yaml"))],
                self.settle,
            ),
        }

    def read(self, path: Path) -> bool:
        read_head(path)
        return examine(path, profile="tianyuan").packet is not None

    def audit(self, path: Path) -> bool:
        try:
            audit_file(path)
        except Rejected:
            return False
        return True

    def fill_workbook(self, path: Path) -> bool:
        template.check(path, environment({}))
        try:
            template.compile_workbook(path, self._renderer._env).render(self._whole)
        except TemplateError:
            return False
        return True

    def fill_document(self, path: Path) -> bool:
        template.check(path, environment({}))
        renderer = self._renderer
        try:
            with inking():
                DocumentRenderer(path, renderer._env, renderer._workbooks, renderer._narratives).render(
                    self._names, FilledBooks(self._names)
                )
        except TemplateError:
            return False
        return True

    def settle(self, path: Path) -> bool:
        folder = path.parent / "own"
        (folder / "profiles").mkdir(parents=True, exist_ok=True)
        path.replace(folder / "profiles" / "甲.yaml")
        try:
            read_profile("甲", shelves([folder]))
        except Rejected:
            return False
        return True


def printed(document: bytes) -> list[bytes]:
    """Some pages of a document as LibreOffice prints it; nothing where it is not installed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "甲.docx")
        path.write_bytes(document)
        made, _ = to_pdf([path])
        whole = [pdf.read_bytes() for pdf in made]
    if not whole:
        return []
    some = PdfWriter()
    some.append(BytesIO(whole[0]), pages=(6, 20))
    held = BytesIO()
    some.write(held)
    return [held.getvalue()]


def damaged(kind: tuple[str, tuple[Mutate, ...], list[bytes], object], seed: int) -> bytes:
    _, ways, sources, _ = kind
    dice = random.Random(seed)
    return dice.choice(ways)(dice.choice(sources), dice)


def tried(trials: Trials, name: str, seeds: Iterator[int], keep: Path | None) -> int:
    """How many of a kind raised; each is told."""
    kind = trials.kinds[name]
    outcomes, slowest, raised = Counter[str](), (0.0, 0), 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"甲{kind[0]}")
        for seed in seeds:
            path.write_bytes(damaged(kind, seed))
            began = time.process_time()
            try:
                outcome = "read" if kind[3](path) else "refused"
            except Exception:  # noqa: BLE001 - this is what is looked for
                outcome, raised = "RAISED", raised + 1
                told = traceback.format_exc().strip().split("\n")
                where = [line.strip() for line in told if "budgetgen" in line and line.strip().startswith("File")][-1:]
                print(f"  {name} {seed}: {told[-1][:200]}  {where}", flush=True)
                if keep:
                    (keep / f"{name}-{seed}{kind[0]}").write_bytes(damaged(kind, seed))
            seconds = time.process_time() - began
            outcomes[outcome] += 1
            slowest = max(slowest, (seconds, seed))
            if seconds > SLOW:
                print(f"  {name} {seed}: {seconds:.0f} s", flush=True)
    print(f"{name}: {dict(outcomes)}, slowest {slowest[0]:.1f} s (seed {slowest[1]})", flush=True)
    return raised


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("number", type=int, nargs="?", default=2000)
    parser.add_argument("--kind", action="append", help="only this kind, several times")
    parser.add_argument("--seed", type=int, default=0, help="the first file's number")
    parser.add_argument("--keep", type=Path, help="a folder for the files that raised")
    given = parser.parse_args()
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
    trials = Trials()
    names = given.kind or [name for name, kind in trials.kinds.items() if kind[2]]
    seeds = range(given.seed, given.seed + given.number)
    raise SystemExit(1 if sum(tried(trials, name, iter(seeds), given.keep) for name in names) else 0)


if __name__ == "__main__":
    main()
