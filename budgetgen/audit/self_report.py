"""What a 自评报告 tells in lists: projects with their amounts, groups of projects, classes of expenditure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from difflib import SequenceMatcher

from budgetgen.audit.hearing import Prose
from budgetgen.audit.nine_tables import class_name
from budgetgen.audit.relations import DOUBT, Finding, Relation, adds_up
from budgetgen.audit.stated import CENT, Statement, unit_of
from budgetgen.inversion.plain import Plain, plain
from budgetgen.published.document import Paragraph, Published

PROJECT = "绩效自评.项目["
_NUMBER = r"(\d{1,15}(?:\.\d{1,8})?)万元"
_TITLE = re.compile(r"^（\d+）(.{2,60}?)(?:项目)?$")
_SPENT = re.compile(f"^项目支出{_NUMBER}")
_ACTUAL = re.compile(f"实际支出{_NUMBER}")
_LISTED = re.compile(rf"年项目支出(?:为)?{_NUMBER}，其中：?(.*?)。")
_ENTRY = re.compile(rf"(?:(?<=：)|(?<=中)|、|；|，)([^：、；，。][^；，。]{{1,60}}?){_NUMBER}(?=、|$|，|；|。)")
_CLASSES = re.compile(
    rf"支出(年初预算|决算|预算)数(?:为)?{_NUMBER}[，。]其中：((?:[一-龥]{{2,18}}支出\d{{1,15}}(?:\.\d{{1,8}})?万元[，、；]?){{2,}})"
)
_CLASS = re.compile(rf"([一-龥]{{2,18}}支出){_NUMBER}")


def project_name(name: str) -> str:
    """The statement's name for a project's spending: marks, 项目 and 专项 at the end are no part of what it is called."""
    key = re.sub(r"[“”\"]|项目$|专项资金$|专项$", "", plain(name).text)
    return f"{PROJECT}{key}].资金.执行"


def hear_report(document: Published, prose: Prose, classes: Mapping[str, str]) -> list[Relation]:
    """Put what the lists of a report tell to what was heard; the sums that they must make."""
    report = _Report(prose, classes)
    for paragraph in document.paragraphs:
        if paragraph.part == "附":
            report.read(paragraph)
    report.close()
    return report.relations


class _Report:
    """What a report tells of its projects: in a list, in a paragraph of each, as the sum of a group."""

    def __init__(self, prose: Prose, classes: Mapping[str, str]) -> None:
        self.relations: list[Relation] = []
        self._prose, self._codes = prose, classes
        self._group: list[Statement] = []
        self._head: Statement | None = None
        self._name = ""

    def read(self, paragraph: Paragraph) -> None:
        """Take one paragraph of the attachments."""
        text = plain(paragraph.text)
        listed, title = _LISTED.search(text.text), _TITLE.match(text.text)
        own, actual = _SPENT.match(text.text), _ACTUAL.search(text.text)
        for m in _CLASSES.finditer(text.text):
            self._classes(paragraph, text, m)
        if listed:
            self._list(paragraph, text, listed)
        elif title:
            self._name = title[1]
        elif own and self._name:
            self._group.append(self._project(paragraph, text, own, self._name, 1))
            self._name = ""
        elif actual:
            self.close()
            self._head = _told(paragraph, text, actual, 1, "绩效自评.项目合计.支出")

    def _classes(self, paragraph: Paragraph, text: Plain, m: re.Match[str]) -> None:
        column = "支出.合计" if m[1] == "决算" else "年初预算"
        entries = []
        for entry in _CLASS.finditer(text.text, m.start(3), m.end(3)):
            code = self._codes.get(class_name(entry[1]), "")
            entries.append(_told(paragraph, text, entry, 2, f"附.一般公共预算.类[{code}].{column}"))
            self._prose.said[entries[-1].name].append(entries[-1])
        self.relations.append(adds_up(_told(paragraph, text, m, 2, f"附.{column}"), entries, "AUDIT-020"))

    def _list(self, paragraph: Paragraph, text: Plain, listed: re.Match[str]) -> None:
        found = _ENTRY.finditer(text.text, listed.start(2) - 1, listed.end(2))
        entries = [self._project(paragraph, text, m, m[1], 2) for m in found]
        if len(entries) > 1:
            total = _told(paragraph, text, listed, 1, "支出.项目")
            self.relations.append(adds_up(total, entries, "AUDIT-020"))

    def _project(self, paragraph: Paragraph, text: Plain, m: re.Match[str], name: str, at: int) -> Statement:
        said = _told(paragraph, text, m, at, project_name(name))
        self._prose.said[said.name].append(said)
        return said

    def close(self) -> None:
        """A group of projects ends: its 实际支出 is their sum."""
        if self._head is not None and len(self._group) > 1:
            self.relations.append(adds_up(self._head, self._group, "AUDIT-020"))
        self._head, self._group = None, []


def _told(paragraph: Paragraph, text: Plain, m: re.Match[str], at: int, name: str) -> Statement:
    where = f"{paragraph.section[:12]} 第{paragraph.number}段"
    quote = text.quote(m.start(at), m.end(at) + 2)
    spot = (0, paragraph.number, m.start(at))
    return Statement(name, Decimal(m[at]), m[at], where, quote, min(unit_of(m[at]), CENT), spot)


_ALIKE = 0.9


def findings_of_project_names(prose: Prose) -> list[Finding]:
    """A project that is named once, one character away from another that is named more often."""
    named = {n.removeprefix(PROJECT).partition("]")[0]: said for n, said in prose.said.items() if n.startswith(PROJECT)}
    found = []
    for name, said in named.items():
        near = [o for o in named if len(named[o]) > len(said) == 1 and _one_off(name, o)]
        if len(near) == 1:
            other, at = named[near[0]][0], said[0]
            told = f"{near[0]}（{other.where}）"
            found.append(Finding("AUDIT-045", DOUBT, [name, near[0]], name, told, at.where, spot=at.spot))
    return found


def _one_off(name: str, other: str) -> bool:
    """Whether two names differ in one character, which is no digit: those of two years are two projects."""
    digits = re.sub(r"\D", "", name) != re.sub(r"\D", "", other)
    return not digits and abs(len(name) - len(other)) <= 1 and SequenceMatcher(None, name, other).ratio() > _ALIKE
