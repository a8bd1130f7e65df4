"""A 版式's templates compiled once, filled for each unit: the workbooks, and the documents with narratives, tables and contents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from zipfile import ZipFile

from budgetgen.compute import Computed
from budgetgen.compute.revenue_expenditure import economic_accounts
from budgetgen.expression import Environment, environment, inking
from budgetgen.figures import Group
from budgetgen.issues import Issue, Level, Rejected, near_miss
from budgetgen.layout import DOCUMENT, DOCX, REPORT, SCORES, WORKBOOK, XLSX, Profile
from budgetgen.packet.body import CONTENTS, without_empty_end
from budgetgen.packet.contents import add_contents
from budgetgen.packet.narratives import BODY, HEADINGS, Narratives, Phrases, to_passage
from budgetgen.packet.pages import Layout, read_styles, text_widths
from budgetgen.template import Passage, Rendered, TemplateError, compile_document, compile_workbook
from budgetgen.template.language.pictures import PICTURE, picture_finder
from budgetgen.template.xlsx.workbook_renderer import FilledBook, WorkbookRenderer

TABLE_TITLE, TABLE_NOTE = "表题", "表注"
ATTACHED_TITLE = "附件表题"
"""The title of a table that is attached: as TABLE_TITLE, but not in the contents."""
CONTENTS_LEVELS = {"heading 1": 1, "heading 2": 2, TABLE_TITLE: 2}
ENTRY_STYLES = {1: "toc 1", 2: "toc 2"}
NEEDED_STYLES = (BODY, *HEADINGS.values(), TABLE_TITLE, TABLE_NOTE, *ENTRY_STYLES.values())
"""The paragraph styles that a document's frame must have: what is placed in it is set in them."""


class DocumentPress:
    """One 版式's document: fills the frame, placing 说明(), 表() and 目录()."""

    def __init__(self, path: Path, env: Environment, workbooks: Workbooks, narratives: Narratives) -> None:
        self._frame = compile_document(path, env)
        lacking = [style for style in NEEDED_STYLES if style not in self._frame.styles]
        if lacking:
            raise TemplateError(str(path), "", f"缺少样式：{'、'.join(lacking)}。请从自带的 {path.name} 改起")
        self._workbooks = workbooks
        self._narratives = narratives
        with ZipFile(path) as package:
            styles = read_styles(package.read("word/styles.xml"))
            # Tables stand on the widest pages: landscape ones, where the frame has any.
            self._table_width = max(text_widths(package.read("word/document.xml").decode("utf-8")))
        ids = self._frame.styles
        entry_styles = {level: ids[name] for level, name in ENTRY_STYLES.items()}
        self._levels = {ids[name]: level for name, level in CONTENTS_LEVELS.items() if name in ids}
        self._entry_styles = entry_styles
        self._layout = Layout(styles, contents_style=entry_styles[2])

    def render(self, names: Mapping[str, object], books: FilledBooks) -> Rendered:
        """The document of one unit; `books` are its workbooks, filled within the same `inking`."""
        phrases = Phrases(self._narratives.env, names)
        placed = {
            "说明": lambda name: to_passage(self._narratives.told(str(name), phrases), self._frame.styles),
            "表": lambda name, item=None: self._table(str(name), item, books),
            "目录": lambda: CONTENTS,
        }
        return self._frame.render({**names, **placed}, self._finish)

    def _finish(self, part: str, xml: str, aside: Sequence[object]) -> tuple[str, Sequence[object]]:
        """Contents are made when all headings stand."""
        if part != "word/document.xml":
            return xml, aside
        return add_contents(without_empty_end(xml), aside, self._levels, self._entry_styles, self._layout)

    def _table(self, name: str, item: object, books: FilledBooks) -> Passage:
        """The sheet of that name, for `item` where it comes once for each of a list; nothing where it does not come."""
        workbook = next((w for w in self._workbooks if name in w.sheets), None)
        if workbook is None:
            known = [sheet for workbook in self._workbooks for sheet in workbook.sheets]
            raise LookupError(f"工作簿里没有“{name}”这张表{near_miss(name, known)}")  # told with the tag's place
        filled = workbook.word_table(name, books.of(workbook), width=self._table_width, item=item)
        if filled is None:
            return Passage(())
        styles = self._frame.styles
        is_main = workbook is self._workbooks[0] or ATTACHED_TITLE not in styles
        title = to_passage([(TABLE_TITLE if is_main else ATTACHED_TITLE, filled.title)], styles)
        notes = to_passage([(TABLE_NOTE, note) for note in filled.notes], styles)
        return Passage((*title.items, *filled.table.items, *notes.items))


class Workbooks:
    """The workbook templates of a 版式, the main one first; each is compiled when it is first asked for."""

    def __init__(self, paths: Sequence[Path], env: Environment) -> None:
        self._paths, self._env = paths, env
        self._compiled: dict[Path, WorkbookRenderer] = {}

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, number: int) -> WorkbookRenderer:
        """TemplateError: it cannot be used."""
        path = self._paths[number]
        if path not in self._compiled:
            self._compiled[path] = compile_workbook(path, self._env)
        return self._compiled[path]

    def __iter__(self) -> Iterator[WorkbookRenderer]:
        return (self[number] for number in range(len(self)))


class FilledBooks:
    """The workbooks of one unit, each filled when it is first asked for, within one `inking`."""

    def __init__(self, names: Mapping[str, object]) -> None:
        self._names = names
        self._filled: dict[WorkbookRenderer, FilledBook] = {}

    def of(self, workbook: WorkbookRenderer) -> FilledBook:
        """The workbook with the unit's values."""
        if workbook not in self._filled:
            self._filled[workbook] = workbook.fill(self._names)
        return self._filled[workbook]


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

    def render(self, computed: Computed, *, performance_only: bool = False, beside: Path | None = None) -> Packet:
        """The unit's files: all of them, or those of 绩效自评 alone; `beside` is the input's folder, for its pictures.

        TemplateError where a template asks for a name that there is not; Rejected where 绩效自评 alone is wanted and
        the unit gives none, or the 版式 has no templates for it.
        """
        names = namespace(computed) | {GLOSSARY: self._glossary(computed), PICTURE: self._pictures(beside)}
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

    def _pictures(self, beside: Path | None) -> Callable[..., object]:
        """图(): the 版式's own pictures, then those that lie beside the input."""
        own = (folder for kind in (DOCX, XLSX) for folder in self._profile.candidates(kind))
        return picture_finder((*own, *([beside] if beside else [])))

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
