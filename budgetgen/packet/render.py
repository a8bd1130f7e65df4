"""A 版式's templates for one kind of packet compiled once, filled for each unit: the workbooks, and the documents with narratives, tables and contents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import file_digest, sha256
from itertools import count
from pathlib import Path
from types import MappingProxyType

from budgetgen.compute import Computed
from budgetgen.compute.revenue_expenditure import economic_accounts
from budgetgen.expression import WORDING_NAMES, Environment, environment, inking
from budgetgen.figures import Group
from budgetgen.issues import near_miss
from budgetgen.layout import DOCX, XLSX, Kind, PacketFile, Profile
from budgetgen.packet.body import CONTENTS, without_empty_end
from budgetgen.packet.narratives import BODY, HEADINGS, Narratives, Phrases, to_passage
from budgetgen.packet.pages import Layout, lay_out, read_styles, widest_page
from budgetgen.records import record
from budgetgen.resources import root
from budgetgen.template import Passage, Rendered, TemplateError, compile_document, compile_workbook
from budgetgen.template.docx.document_template import DocumentRenderer as DocumentTemplate
from budgetgen.template.docx.table_pages import Room
from budgetgen.template.language.package_parts import parse, read_package
from budgetgen.template.language.rendered import PICTURE, picture_finder
from budgetgen.template.stored import UNREVIVED, NotStorableError, StoredFile, engine_state, plain_values, revived
from budgetgen.template.xlsx.workbook_renderer import FilledBook, WorkbookRenderer

TABLE_TITLE, TABLE_NOTE = "表题", "表注"
ATTACHED_TITLE = "附件表题"
"""The title of a table that is attached: as TABLE_TITLE, but not in the contents."""
ATTACHED_HEADING = "附件一级标题"
"""The heading of a section of what is attached: as the second level, but not in the contents."""
CONTENTS_LEVELS = {"heading 1": 1, "heading 2": 2, TABLE_TITLE: 2}
ENTRY_STYLES = {1: "toc 1", 2: "toc 2"}
NEEDED_STYLES = (BODY, *HEADINGS.values(), TABLE_TITLE, TABLE_NOTE, *ENTRY_STYLES.values())
"""The paragraph styles that a document's frame must have: what is placed in it is set in them."""


@record
class DocumentFrame:
    """A document's template compiled, and what tables and contents need to know of its pages and styles."""

    document: DocumentTemplate
    table_width: int
    room: Room
    levels: Mapping[str, int]
    entry_styles: Mapping[int, str]
    layout: Layout

    @classmethod
    def of(cls, path: Path, env: Environment, workbooks: Iterable[WorkbookRenderer]) -> DocumentFrame:
        """The template at `path`, with the styles for tables of `workbooks`. TemplateError: it cannot be used."""
        document = compile_document(path, env)
        ids = document.styles
        if lacking := [style for style in NEEDED_STYLES if style not in ids]:
            raise TemplateError(str(path), "", f"缺少样式：{'、'.join(lacking)}。请从自带的 {path.name} 改起")
        document.add_styles({id_: xml for book in workbooks for id_, xml in book.cell_styles().items()})
        package = read_package(path)
        styles = read_styles(parse(package["word/styles.xml"], path.name, "word/styles.xml"))
        # Tables stand on the widest pages: landscape ones, where the frame has any.
        page = widest_page(package["word/document.xml"].decode("utf-8", "replace"))
        above = sum(
            styles[ids[name]].line + styles[ids[name]].after for name in (BODY, TABLE_TITLE)
        )  # “附件1”, and the title
        levels = {ids[name]: level for name, level in CONTENTS_LEVELS.items() if name in ids}
        entries = {level: ids[name] for level, name in ENTRY_STYLES.items()}
        layout = Layout(styles, contents_style=entries[2])
        return cls(document, page.width, Room(page.height - above, page.height), levels, entries, layout)


class DocumentRenderer:
    """One 版式's document: fills the frame, placing 说明(), 表() and 目录()."""

    def __init__(self, frame: DocumentFrame, workbooks: Workbooks, narratives: Narratives) -> None:
        self._frame, self._workbooks, self._narratives = frame, workbooks, narratives
        self._styles = frame.document.styles

    def render(self, names: Mapping[str, object], books: FilledBooks) -> Rendered:
        """The document of one unit; `books` are its workbooks, filled within the same `inking`."""
        phrases = Phrases(self._narratives.env, names)
        placed = {
            "说明": lambda name, **said: self._narrative(str(name), phrases, in_contents=bool(said.get("目录", True))),
            "表": lambda name, item=None, **said: self._table(
                str(name), item, books, titled=bool(said.get("题", True))
            ),
            "目录": lambda: CONTENTS,
            "图号": count(1).__next__,
        }
        return self._frame.document.render({**names, **placed}, self._finish)

    def _narrative(self, name: str, phrases: Phrases, *, in_contents: bool) -> Passage:
        """A section; of one that is attached, the headings do not come into the contents where the frame has a style for them."""
        told = self._narratives.told(name, phrases)
        if not in_contents and ATTACHED_HEADING in self._styles:
            told = [(ATTACHED_HEADING if style in CONTENTS_LEVELS else style, text) for style, text in told]
        return to_passage(told, self._styles)

    def _finish(self, part: str, xml: str, aside: Sequence[object]) -> tuple[str, Sequence[object]]:
        """Contents are made, and the ends of parts kept together, when all stands."""
        if part != "word/document.xml":
            return xml, aside
        frame = self._frame
        return lay_out(without_empty_end(xml), aside, frame.levels, frame.entry_styles, frame.layout)

    def _table(self, name: str, item: object, books: FilledBooks, *, titled: bool) -> Passage:
        """The sheet of that name, for `item` where it comes once for each of a list; nothing where it does not come.

        One that is not `titled` stands without its title, which the document says in its own place.
        """
        workbook = next((w for w in self._workbooks if name in w.sheets), None)
        if workbook is None:
            known = [sheet for workbook in self._workbooks for sheet in workbook.sheets]
            raise LookupError(f"工作簿里没有“{name}”这张表{near_miss(name, known)}")  # told with the tag's place
        frame, book = self._frame, books.of(workbook)
        filled = workbook.word_table(name, book, width=frame.table_width, room=frame.room, item=item)
        if filled is None:
            return Passage(())
        styles = self._styles
        attached = self._workbooks.attached(workbook) and ATTACHED_TITLE in styles
        heading = [(ATTACHED_TITLE if attached else TABLE_TITLE, filled.title)] if titled else []
        title = to_passage(heading, styles)
        notes = to_passage([(TABLE_NOTE, note) for note in filled.notes], styles)
        return Passage((*title.items, *filled.table.items, *notes.items))


class Workbooks:
    """The workbook templates of a kind's files, in their order; each is compiled when it is first asked for."""

    def __init__(
        self, templates: Mapping[PacketFile, Path], env: Environment, kept: Mapping[str, WorkbookRenderer]
    ) -> None:
        """`kept` are those that an earlier run has compiled, by the names of their templates."""
        self._templates, self._env = templates, env
        self._compiled = {file: kept[file.template] for file in templates if file.template in kept}

    def __getitem__(self, file: PacketFile) -> WorkbookRenderer:
        """TemplateError: it cannot be used."""
        if file not in self._compiled:
            self._compiled[file] = compile_workbook(self._templates[file], self._env)
        return self._compiled[file]

    def __iter__(self) -> Iterator[WorkbookRenderer]:
        return (self[file] for file in self._templates)

    def attached(self, workbook: WorkbookRenderer) -> bool:
        """Whether its tables are attachments."""
        return next(f.attached for f, compiled in self._compiled.items() if compiled is workbook)


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


@record
class Packet:
    """The files of a packet, not yet written: what each is (a file of its kind), and its bytes with what they print."""

    kind: Kind
    files: Mapping[PacketFile, Rendered]

    @property
    def workbook(self) -> Rendered:
        """The main one of its workbooks. StopIteration: it has none."""
        return next(rendered for file, rendered in self.files.items() if file.suffix == XLSX)

    @property
    def document(self) -> Rendered:
        """The main one of its documents. StopIteration: it has none."""
        return next(rendered for file, rendered in self.files.items() if file.suffix == DOCX)

    def of(self, template: str) -> Rendered:
        """What was made from the template of that name. KeyError: nothing was."""
        return {file.template: rendered for file, rendered in self.files.items()}[template]


class PacketRenderer:
    """A 版式's templates for one kind of packet, compiled: fills its workbooks and documents from a unit's figures."""

    def __init__(self, profile: Profile, kind: Kind) -> None:
        """Rejected where the 版式 lacks a template that every packet of the kind needs."""
        self._profile, self._kind = profile, kind
        self._templates = profile.templates(kind)
        of_tables = [one for one in profile.chosen if one[0] in WORDING_NAMES]  # number formats are compiled
        self._stored = StoredFile(f"{profile.name} {kind.name} {profile.narrative_folders()}", self._key())
        narratives, compiled = self._stored.read() or (None, None)
        compiled = None if of_tables else compiled
        self._narratives = Narratives(profile.narrative_folders(), narratives, profile.chosen)
        self._env = environment(self._narratives.wording, names={"设置": self._narratives.settings})
        found: tuple[dict[str, WorkbookRenderer], dict[str, DocumentFrame]] | None = None
        with suppress(*UNREVIVED):
            found = revived(compiled, {"env": self._env}) if compiled else None
        self._is_kept = found is not None or bool(profile.chosen)
        compiled_books, self._frames = found or ({}, {})
        books = {file: path for file, path in self._templates.items() if file.suffix == XLSX}
        self._workbooks = Workbooks(books, self._env, compiled_books)
        self._documents: dict[PacketFile, DocumentRenderer] = {}

    def render(
        self, computed: Computed, beside: Path | None = None, *, settings: Group | None = None, suffix: str = ""
    ) -> Packet:
        """The unit's files; `beside` is the input's folder, for its pictures.

        `settings` stand in place of those of the 版式; of files with a `suffix` these alone are made. TemplateError where a template or a condition asks for a name that there is not.
        """
        names = self.names(computed, beside) | ({"设置": settings} if settings else {})
        files: dict[PacketFile, Rendered] = {}
        with inking():  # the documents' tables are the workbooks', evaluated once
            books = FilledBooks(names)
            for file in self._templates:
                if not self._comes(file, computed.tree) or (suffix and file.suffix != suffix):
                    continue
                if file.suffix == XLSX:
                    workbook = self._workbooks[file]
                    rendered = workbook.write(books.of(workbook))
                else:
                    rendered = self._document(file).render(names, books)
                files[file] = rendered
        if not self._is_kept:
            self._keep()
        return Packet(self._kind, MappingProxyType(files))

    def names(self, computed: Computed, beside: Path | None = None) -> dict[str, object]:
        """What templates see of a unit; `beside` as in `render`."""
        return namespace(computed) | {GLOSSARY: self._glossary(computed), PICTURE: self._pictures(beside)}

    @property
    def narratives(self) -> Narratives:
        """The narratives of the 版式, as it words them."""
        return self._narratives

    def _key(self) -> bytes:
        """A digest of all that the compiled templates are made of."""
        found = sha256(engine_state())
        folders = self._profile.narrative_folders()
        files = [path for folder in folders for path in sorted((*folder.glob("*.j2"), *folder.glob("*/*.j2")))]
        for path in (*self._templates.values(), *files):
            found.update(f"{path}\n".encode("utf-8", "surrogatepass"))
            with suppress(OSError), path.open("rb") as file:
                found.update(file_digest(file, "sha256").digest())
        return found.digest()

    def _keep(self) -> None:
        """Keep the compiled templates for the next run; those of a user's own only if an earlier one has used them too."""
        self._is_kept = True
        sources = (*self._templates.values(), *self._profile.narrative_folders())
        if not all(path.is_relative_to(root()) for path in sources) and not self._stored.was_asked:
            self._stored.ask()
            return
        with suppress(NotStorableError, TemplateError, ValueError):
            self.compile_all()
            books = {file.template: self._workbooks[file] for file in self._templates if file.suffix == XLSX}
            compiled = plain_values((books, self._frames), {"env": self._env})
            self._stored.write((self._narratives.stored(), compiled))

    def compile_all(self) -> None:
        """Compile what is otherwise compiled when it is first asked for. TemplateError: it can't be used."""
        for file in self._templates:
            _ = self._workbooks[file] if file.suffix == XLSX else self._document(file)

    def _document(self, file: PacketFile) -> DocumentRenderer:
        if file not in self._documents:
            if file.template not in self._frames:
                self._frames[file.template] = DocumentFrame.of(self._templates[file], self._env, self._workbooks)
            frame = self._frames[file.template]
            self._documents[file] = DocumentRenderer(frame, self._workbooks, self._narratives)
        return self._documents[file]

    def _comes(self, file: PacketFile, tree: Group) -> bool:
        """Whether this unit's packet has the file."""
        if not file.when:
            return True
        try:
            found = tree.at(file.when)
        except KeyError:
            cause = f"“当”写的“{file.when}”不是名称表里的名称"
            raise TemplateError(self._kind.state[0], file.template, cause) from None
        return bool(found)

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
