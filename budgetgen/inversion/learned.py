"""What a 版式 prints where: learned by filling its templates for a sample unit and looking at what came where.

A kind has its sample in `reading/<kind>.sample.yaml` of a shelf: amounts and texts that are all different; what is printed only
where something else is not there stands in a further YAML document of that file. The templates print
it as a 部门 and as a 单位, risen, fallen and unchanged against last year. Names of figures are told in general:
`预算.支出.项[2010601].基本` is `预算.支出.{级}[{码}].基本`, the third item of a list is `预算明细[#]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import product
from typing import Any

import yaml

from budgetgen.classification import read_classification
from budgetgen.compute import Computed, compute
from budgetgen.expression import inking, unmark
from budgetgen.figures import NOUGHT, Figure
from budgetgen.input import to_accounts
from budgetgen.input.yaml import read_yaml
from budgetgen.inversion.learned_sentences import learn_document, learn_lines
from budgetgen.inversion.patterns import (
    COUNTED,
    LEVELS,
    MONEY,
    Learned,
    LearnedTable,
    code_in,
    general,
    heading_key,
    keep_field,
    label_key,
    title_key,
)
from budgetgen.inversion.plain import plain
from budgetgen.issues import Findings, Rejected
from budgetgen.layout import DOCX, SECTION_SUFFIX, XLSX, Kind, Profile
from budgetgen.model import Accounts
from budgetgen.model.accounts import value_at, values_in
from budgetgen.model.declarations import Choice, Code, Declared, fields_of, known_keys
from budgetgen.office.package import open_package
from budgetgen.office.workbook_reader import open_book
from budgetgen.packet.profile_check import placed_narratives
from budgetgen.packet.render import Packet, PacketRenderer
from budgetgen.published.grid import Grid, read_sheets
from budgetgen.published.tables import row_code
from budgetgen.records import record
from budgetgen.template import Rendered, TemplateError
from budgetgen.template.language.rendered import CellPlace

CASES: Mapping[str, float] = {"增": 0.8, "减": 1.25, "平": 1, "上年为零": 0}
"""What last year's amounts of the sample are to this year's."""


@lru_cache(maxsize=256)
def learn(kind: Kind, profile: Profile, *, tables_only: bool = False) -> Learned | None:
    """What the 版式 prints of the kind's sample; None where there is no sample, or it can't be filled.

    `tables_only`: no sentences are learned.
    """
    if not profile.has(kind) or not _samples(kind, profile):
        return None
    learned = Learned(kind, profile, profile.model)
    try:
        for filled in filled_samples(kind, profile, tables_only=tables_only):
            cells = filled.texts | _choices(filled.accounts)
            for file, rendered in filled.packet.files.items():
                if file.suffix == XLSX and filled.case == "增":
                    _learn_tables(learned, rendered, cells, filled.accounts)
                elif file.suffix == DOCX:
                    learn_document(learned, rendered, filled.texts, filled.accounts, filled.case)
    except (Rejected, TemplateError):
        return None
    return learned


@record
class FilledSample:
    """A kind's sample as a 版式 prints it in one case; `texts`: each of its texts → the path in general of what says it."""

    case: str
    accounts: Accounts
    texts: dict[str, str]
    packet: Packet


def filled_samples(kind: Kind, profile: Profile, *, tables_only: bool = False) -> Iterator[FilledSample]:
    """The packets of a kind's samples: of a 部门 and a 单位, in every case, or the tables of the first.

    Rejected or TemplateError where one can't be filled.
    """
    renderer = PacketRenderer(profile, kind)
    for case, data in _cases(_samples(kind, profile), list(CASES)[: 1 if tables_only else None]):
        accounts, computed, texts = _computed(data, profile.model)
        packet = renderer.render(computed, suffix=XLSX if tables_only else "")
        yield FilledSample(case, accounts, texts, packet)


def _cases(samples: Sequence[Mapping[str, Any]], cases: Iterable[str] = CASES) -> Iterator[tuple[str, dict[str, Any]]]:
    """The samples as a 部门 and as a 单位 in each case."""
    for case, sample, whose in product(cases, samples, ("部门", "单位")):
        yield case, _scaled({**sample, "单位": sample["单位"] | {"类型": whose}}, CASES[case], 1)


def learn_wording(learned: Learned, profile: Profile) -> None:
    """Learn besides what the narratives of a 版式, worded as it is `chosen`, say of the sample."""
    renderer = PacketRenderer(profile, learned.kind)
    placed = placed_narratives(profile)
    for case, data in _cases(_samples(learned.kind, profile)):
        accounts, computed, texts = _computed(data, learned.model)
        names, narratives = renderer.names(computed), renderer.narratives
        for name in (n for n in narratives.sections() if f"{n}{SECTION_SUFFIX}" in placed):
            with suppress(Rejected, TemplateError), inking() as ink:
                told = [unmark(text) for _, text in narratives.paragraphs(name, names)]
                spots = ([(a, b, ink.values[n]) for a, b, n in spans] for _, spans in told)
                figures = ([s for s in several if isinstance(s[2], Figure)] for several in spots)
                lines = zip((text for text, _ in told), figures, strict=True)
                learn_lines(learned, lines, texts, accounts, case, None)  # type: ignore[arg-type]


def _samples(kind: Kind, profile: Profile) -> Sequence[dict[str, Any]]:
    """The kind's samples, of the nearest file of them; none where there is no file."""
    path = next((path for shelf in profile.shelves if (path := shelf.sample(kind.name)).is_file()), None)
    return _read_samples(path.read_text(encoding="utf-8")) if path else ()


@lru_cache(maxsize=16)
def _read_samples(text: str) -> Sequence[dict[str, Any]]:
    return tuple(yaml.safe_load_all(text))


def _scaled(node: Any, prior: float, factor: float) -> Any:
    """The sample with last year's amounts brought to what the case asks."""
    if isinstance(node, dict):
        return {k: _scaled(v, prior, prior if str(k).startswith("上年") else factor) for k, v in node.items()}
    if isinstance(node, list):
        return [_scaled(value, prior, factor) for value in node]
    return round(node * factor, 2) if factor != 1 and isinstance(node, int | float) else node


def _computed(data: dict[str, Any], model: type[Accounts]) -> tuple[Accounts, Computed, dict[str, str]]:
    """The sample's figures, and its texts: each → the path in general of what says it."""
    findings = Findings()
    tree = read_yaml(
        yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "sample", known_keys(Accounts), findings
    )
    assert tree is not None
    accounts = to_accounts(tree, findings, model=model).accounts
    computed = compute(accounts, read_classification(accounts.year))
    return accounts, computed, _texts(accounts, computed)


def _texts(accounts: Accounts, computed: Computed) -> dict[str, str]:
    texts: dict[str, str] = {}
    for held in values_in(accounts):
        if (isinstance(held.value, str) and "样本" in held.value) or held.spec.key.endswith(("日期", "时间")):
            texts[plain(str(held.value)).text] = COUNTED.sub("[#]", held.path)
    names = computed.names
    for code in {str(c) for c in _codes(accounts)}:
        for size, level in LEVELS.items():
            if len(code) == max(LEVELS):
                texts.setdefault(plain(names.name(code[:size])).text, f"<{level}>")
    return texts


def _choices(accounts: Accounts) -> dict[str, str]:
    """The words that the items of counted lists choose, as cells say them."""
    found: dict[str, str] = {}
    for held in values_in(accounts):
        name = held.path.partition("[")[0]
        if isinstance(held.spec.shape, Choice) and "[" in held.path:
            item = value_at(accounts, name.split("."))[0]  # type: ignore[index]
            if not any(isinstance(spec.shape, Code) for spec in fields_of(type(item)).values()):
                found[str(held.value)] = COUNTED.sub("[#]", held.path)
    return found


def _codes(part: Declared) -> Iterator[str]:
    return (str(h.value) for h in values_in(part) if h.spec.key == "科目" and h.value)


# ------------------------------------------------------------------------------------------------------------- tables


def _learn_tables(learned: Learned, rendered: Rendered, texts: Mapping[str, str], accounts: Accounts) -> None:
    package = open_package(rendered.data, "样本.xlsx", Findings())
    book = open_book(package, Findings()) if package else None
    printed: dict[str, dict[str, Figure]] = {}
    for one in rendered.printed:
        if isinstance(one.place, CellPlace) and isinstance(one.value, Figure):
            printed.setdefault(one.place.sheet, {})[one.place.cell] = one.value
    for grid in read_sheets(book) if book else ():
        if grid.name in printed or any(plain(c.text).text in texts for c in grid.texts()):
            _learn_table(learned, grid, printed.get(grid.name, {}), texts, accounts)


def table_head(grid: Grid) -> tuple[str, str, int]:
    """(title, 金额单位, the first row of the headings) of a table."""
    title, money, first = "", "", 0
    for row in range(min(8, len(grid.rows))):
        own = [c for c in grid.rows[row] if c.own and c.text]
        if not own:
            continue
        found = next((m for c in own if (m := MONEY.search(c.label))), None)
        if found:
            return title, found[1], row + 1
        if len(own) > 1:
            break
        title, first = own[0].text, row + 1
    return title, money, first


def _learn_table(
    learned: Learned, grid: Grid, figures: Mapping[str, Figure], texts: Mapping[str, str], accounts: Accounts
) -> None:
    title, money, first = table_head(grid)
    table = LearnedTable(title_key(title), money)
    found = {
        (r, c): figures[cell.mark.cell]
        for r, row in enumerate(grid.rows)
        for c, cell in enumerate(row)
        if r >= first and cell.own and cell.mark.cell in figures
    }
    body = min((r for r, _ in found), default=len(grid.rows))
    body = min([body, *(r for r in range(first, len(grid.rows)) if _listed_in(grid, r, texts))])
    over = {c: heading_key(grid.heading(c, first, body)) for c in range(len(grid.rows[0]))}
    codes = code_columns(over)
    for (r, c), figure in found.items():
        own_code = row_code([grid.rows[r][n] for n in codes], "")
        name = _coded(figure, own_code, table.coded, over[c])
        keep_field(learned, name, figure, own_code or code_in(figure.name), accounts)
        _keep_cell(table, figure, over[c], label_before(grid, r, c), coded=bool(codes))
    for r in range(body, len(grid.rows)):
        for c, path in _listed_in(grid, r, texts).items():
            if codes:
                own_code = row_code([grid.rows[r][n] for n in codes], "")
                learned.naming = _naming(accounts, path, own_code) or learned.naming
            else:
                table.listed.setdefault(over[c], path)
    learned.tables.append(table)


def _keep_cell(table: LearnedTable, figure: Figure, heading: str, label: str, *, coded: bool) -> None:
    """What a cell under `heading`, in a row that says `label`, prints; `coded`: its table's rows have codes."""
    name = general(figure.name)
    of_code = "{码}" in name
    if "[#]" in name and not coded:
        table.listed[heading] = name
    elif of_code:
        (table.coded if coded else table.classes)[heading] = name
    elif figure.name == NOUGHT.name or (coded and figure.path):
        return  # a 款 that is a field: its row is coded all the same
    elif label in ("合计", "总计"):
        table.total[heading] = name
    elif label and not re.fullmatch(r"[\d.,]+", label):
        table.labelled[label_key(label), heading] = name
    else:
        table.single[heading] = name


def _naming(accounts: Accounts, path: str, code: str) -> tuple[str, str, str] | None:
    """The list whose item gives the name that stands beside a code; None where it says nothing of the code."""
    name, _, key = path.partition("[#].")
    for item in value_at(accounts, name.split(".")) or ():  # type: ignore[attr-defined]
        told = next((k for k, spec in fields_of(type(item)).items() if getattr(item, spec.name) == code), "")
        if told:
            return name, told, key
    return None


def _coded(figure: Figure, row_code: str, coded: Mapping[str, str], heading: str) -> str:
    """A cell's name in general; a 款 that is a field itself has the name that other rows have in its column."""
    name = general(figure.name)
    return coded.get(heading, name) if row_code and figure.path else name


def _listed_in(grid: Grid, row: int, texts: Mapping[str, str]) -> dict[int, str]:
    """The cells of a row that say a text of a list's item."""
    found = {c: texts.get(plain(cell.text).text, "") for c, cell in enumerate(grid.rows[row]) if cell.own and cell.text}
    return {c: path for c, path in found.items() if "[#]" in path}


def label_before(grid: Grid, row: int, column: int) -> str:
    """The nearest words at the left of a cell."""
    cells = grid.rows[row][:column]
    return next((c.label for c in reversed(cells) if re.search("[一-龥]", c.label)), "")


def code_columns(over: Mapping[int, str]) -> list[int]:
    """The columns whose headings say that codes stand below."""
    return [c for c, heading in over.items() if re.search("编码|代码", heading)]
