"""Figures to files: a 版式's templates compiled once, filled for each unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from budgetgen.compute import Computed
from budgetgen.compute.revenue_expenditure import economic_accounts
from budgetgen.expression import environment, inking
from budgetgen.figures import Group
from budgetgen.issues import Issue, Level, Rejected
from budgetgen.layout import DOCUMENT, REPORT, SCORES, WORKBOOK, Profile
from budgetgen.packet.document import DocumentPress, FilledBooks, Workbooks
from budgetgen.packet.narrative import Narratives
from budgetgen.template import Rendered
from budgetgen.template.xlsx.workbook_renderer import WorkbookRenderer

GLOSSARY = "固定名词解释"
FILES = (WORKBOOK, DOCUMENT, SCORES, REPORT)
"""What the files of a packet are called behind the unit's name and the year; as their templates are."""


@dataclass(frozen=True)
class Packet:
    """The files of a packet, not yet written, by their kind (one of FILES)."""

    files: Mapping[str, Rendered]

    @property
    def workbook(self) -> Rendered:
        """The nine tables; of 绩效自评 alone, its tables."""
        return self.files[WORKBOOK if WORKBOOK in self.files else SCORES]

    @property
    def document(self) -> Rendered:
        """The document."""
        return self.files[DOCUMENT if DOCUMENT in self.files else REPORT]


class Press:
    """One 版式, compiled: fills its workbooks and its documents from a unit's figures."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._narratives = Narratives(profile.narrative_folders(), {})
        self._env = environment(self._narratives.wording)
        paths = [path for path in (profile.workbook(), profile.scores()) if path]
        self._workbooks = Workbooks(paths, self._env)
        self._workbook = self._workbooks[0]
        self._document = DocumentPress(profile.document(), self._env, self._workbooks, self._narratives)

    def render(self, computed: Computed, *, performance_only: bool = False) -> Packet:
        """The unit's files: all of them, or those of 绩效自评 alone.

        TemplateError where a template asks for a name that there is not; Rejected where 绩效自评 alone is wanted and
        the unit gives none, or the 版式 has no templates for it.
        """
        names = namespace(computed) | {GLOSSARY: self._glossary(computed)}
        evaluated = bool(computed.tree.group("绩效自评")["已填"])
        if performance_only and not (evaluated and self._scores and self._report):
            raise Rejected([self._no_evaluation(evaluated=evaluated)])
        files: dict[str, Rendered] = {}
        with inking():  # the documents' tables are the workbooks', evaluated once
            books = FilledBooks(names)
            if not performance_only:
                files[WORKBOOK] = self._workbook.write(books.of(self._workbook))
                files[DOCUMENT] = self._document.render(names, books)
            if evaluated and self._scores is not None:
                files[SCORES] = self._scores.write(books.of(self._scores))
            if performance_only and self._report is not None:
                files[REPORT] = self._report.render(names, books)
        return Packet(MappingProxyType(files))

    def compile_all(self) -> None:
        """Compile what is otherwise compiled when it is first asked for. TemplateError: it can't be used."""
        _ = self._report, self._scores

    @property
    def _scores(self) -> WorkbookRenderer | None:
        """绩效自评's tables; few units have them."""
        return self._workbooks[1] if len(self._workbooks) > 1 else None

    @cached_property
    def _report(self) -> DocumentPress | None:
        """绩效自评 as a document of its own, which few ask for."""
        path = self._profile.report()
        return DocumentPress(path, self._env, self._workbooks, self._narratives) if path else None

    def _no_evaluation(self, *, evaluated: bool) -> Issue:
        if not evaluated:
            cause, mend = "数据文件里没有“绩效自评”。", "填上绩效自评，或不用 --only performance。"
        else:
            cause = f"版式“{self._profile.name}”没有 {SCORES} 或 {REPORT}。"
            mend = "放进模板文件夹，或写明“继承”哪个版式。"
        return Issue("OUTPUT-005", Level.ERROR, cause, mend, "绩效自评")

    def _glossary(self, computed: Computed) -> list[Group]:
        """固定名词解释 of the unit's year."""
        year = computed.tree["年度"]
        terms = self._profile.glossary(year if isinstance(year, int) else 0)
        return [Group(GLOSSARY, {"名词": t.name, "解释": t.text}) for t in terms]


def namespace(computed: Computed) -> dict[str, object]:
    """The tree's names and the functions over it, as templates see them."""
    tree = computed.tree
    economic = tree.group("经济分类")

    def accounts(*codes: str) -> list[Group]:
        return economic_accounts(economic, codes, computed.names)

    return {**{k: tree[k] for k in tree.names()}, "经济科目": accounts}
