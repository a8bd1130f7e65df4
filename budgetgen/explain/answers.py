"""What a name, an amount, a cell, a line or a text is: how it came about down to the input, where it is printed, what it is used for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from budgetgen.check.rules import told
from budgetgen.explain.figure_index import Index, Stand, number_of, plain
from budgetgen.figures import CATALOGUE, PERCENT, YUAN, Blank, Figure, Group, Series
from budgetgen.issues import Issue, Level, Rejected, near_miss
from budgetgen.model import Share
from budgetgen.model.wording import path_words
from budgetgen.money import YUAN_PER_WAN
from budgetgen.records import record

NOT_FOUND = "EXPLAIN-003"
DEEPEST = 12
_TOKENS = re.compile(r"[^.\[\]]+")
_CELL = re.compile(r"'?([^'!！]+?)'?[!！]\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_LINE = re.compile(r"(?:(.+\.ya?ml)[:：]|[:：]|第)(\d+)行?", re.IGNORECASE)
_NUMBER = re.compile(r"([-−]?\d[\d,，]*(?:\.\d+)?)\s*([%％]|[一-龥]{0,2})")
_SUMMED, _OFFSET = "各单位之和", "抵销内部往来"
_UNITS = {"％": "%", "": ""}
_MOST, _SHOWN, _NEAR = 6, 20, 3
_IN_WAN = Decimal("1e8") / YUAN_PER_WAN


@record
class Step:
    """A figure of a tree: `how` it was made of its `parts`, or `place` where the input has it; `left` are parts that are deeper than was asked."""

    words: str
    amount: str
    how: str
    place: str = ""
    parts: tuple[Step, ...] = ()
    left: int = 0


@record
class Use:
    """A figure that depends on what was asked for: at how many places it is printed, and the first of them."""

    words: str
    amount: str
    times: int
    first: str


@record
class Answer:
    """One thing that was meant. `name` is how templates call it, `others` what else the same amount is called, `lines` what else there is to say."""

    title: str
    name: str = ""
    amount: str = ""
    note: str = ""
    step: Step | None = None
    stands: tuple[Stand, ...] = ()
    uses: tuple[Use, ...] = ()
    others: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


def answers(what: str, index: Index, depth: int = DEEPEST) -> list[Answer]:
    """Everything that `what` can mean. Rejected, with what is near, where it means nothing."""
    asked = what.strip().strip("“”\"'").strip()
    ways: tuple[Callable[[str, Index, int], list[Answer]], ...] = (_cell, _line, _named, _number, _text)
    for way in ways:
        if found := way(asked, index, depth):
            return found
    raise _nothing(asked, index)


# ------------------------------------------------------------------------------------------------------- by name


def _named(asked: str, index: Index, depth: int) -> list[Answer]:
    figure = index.by_name.get(asked.replace('"', "")) if number_of(asked) is None else None
    if figure is not None:
        return [_figure(figure, index, depth)]
    try:
        return [_node(_find(index, asked), asked, index, depth)]
    except Rejected:
        if "." in asked and asked.partition(".")[0] in index.computed.tree and number_of(asked) is None:
            raise
        return []


def _find(index: Index, name: str) -> object:
    """What stands under `name` in the tree."""
    node: object = index.computed.tree
    path = ""
    for token in _TOKENS.findall(name.replace('"', "")):
        node, path = _step_down(node, token, path, name), f"{path}.{token}" if path else token
    return node


def _step_down(node: object, token: str, path: str, name: str) -> object:
    """What stands under `token` in a node of the tree; Rejected with what is near where nothing does."""
    known: list[str] = []
    if isinstance(node, (Group, Figure, Blank)):
        known = list(node.names())
        if token in known or isinstance(node, Blank):
            return node.lookup(token)
    elif isinstance(node, Series):
        known = list(node.codes())
        if token in node:
            return node.row(token)
    elif isinstance(node, Mapping):
        known = [str(k) for k in node]
        if token in node:
            return node[token]
    elif isinstance(node, list):
        rows = {row.name.rpartition("[")[2].rstrip("]"): row for row in node if isinstance(row, Group)}
        known = list(rows)
        if token in rows:
            return rows[token]
    inside = f"“{path}”中" if path else ""
    cause = f"{inside}没有“{token}”{near_miss(token, known) or '。'}"
    raise Rejected([Issue(NOT_FOUND, Level.ERROR, cause, f"核对名称“{name}”。")])


def _node(value: object, name: str, index: Index, depth: int) -> Answer:
    if isinstance(value, Figure):
        return _figure(value, index, depth)
    if isinstance(value, Blank):
        return _blank(value.path, index)
    if isinstance(value, Group):
        lines = [f"{key}：{_brief(value[key])}" for key in value.names()]
        return Answer(path_words(name), name, note="里面有：", lines=tuple(lines))
    if isinstance(value, (Series, list, Mapping)):
        rows = [_row_words(row) for row in (value.values() if isinstance(value, Mapping) else value)]
        return Answer(path_words(name), name, note=f"有 {len(rows)} 行：", lines=tuple(filter(None, rows)))
    return _value(name, value, index)


def _row_words(row: object) -> str:
    if isinstance(row, Group):
        named = [str(row[key]) for key in ("编码", "名称") if key in row and isinstance(row[key], str)]
        return " ".join(named) or path_words(row.name)
    return row.name if isinstance(row, Figure) else str(row)


def _brief(value: object) -> str:
    if isinstance(value, Figure):
        return told(value.value, value.unit)
    if isinstance(value, Blank):
        return "没有填"
    if isinstance(value, (Group, Series, list, Mapping)):
        return "…"
    return (
        {True: "是", False: "否", None: "没有"}.get(value, str(value)) if value in (True, False, None) else str(value)
    )


# ------------------------------------------------------------------------------------------------------- a figure


def _figure(figure: Figure, index: Index, depth: int, others: Sequence[Figure] = ()) -> Answer:
    general = re.sub(r"\[[^\]]*\]", "[*]", figure.name)
    note = CATALOGUE[general].note if general in CATALOGUE else ""
    words = index.words(figure)
    own = index.by_path.get(figure.path, ()) if not figure.operands else ()
    names = list(dict.fromkeys([figure.name, *(same.name for same in own)]))
    return Answer(
        words, figure.name, told(figure.value, figure.unit), "" if _same(note, words) else note, step(figure, index, depth),
        tuple(stand for name in names for stand in index.stands(name)), tuple(_uses(names, index)),
        tuple(f"{index.words(o)}（印在 {index.count(o.name)} 处）" for o in others[:_SHOWN]),
    )  # fmt: skip


def _same(note: str, words: str) -> bool:
    return re.sub("[：，·]", "", note) == re.sub("[：，·]", "", words)


def step(figure: Figure, index: Index, depth: int) -> Step:
    """How a figure came about; sums of one amount are left out."""
    figure = plain(figure)
    shares = index.loaded.shares.get(figure.path, ()) if not figure.operands else ()
    place = index.loaded.place(figure.path) if figure.path and not shares else None
    words, amount = index.words(figure), told(figure.value, figure.unit)
    how = _SUMMED if shares else figure.operation
    if depth <= 0:
        return Step(words, amount, how, str(place or ""), left=len(figure.operands) + len(shares))
    parts = (*(step(o, index, depth - 1) for o in figure.operands), *(_share(s, figure.unit) for s in shares))
    return Step(words, amount, how, str(place or ""), parts)


def _share(share: Share, unit: str) -> Step:
    """What a unit gives to an amount of its department, and below it what its own units give."""
    how = _OFFSET if share.offset else _SUMMED if share.parts else "输入"
    place = str(share.place) if share.place and not share.parts else ""
    return Step(share.unit, told(share.amount, unit), how, place, tuple(_share(p, unit) for p in share.parts))


def _uses(names: Sequence[str], index: Index) -> Iterator[Use]:
    """The figures that depend on these: those that are printed first, the nearest of them first."""
    for figure in sorted(index.used_by(names), key=lambda f: not index.count(f.name)):
        first = index.stands(figure.name, 1)
        yield Use(
            index.words(figure), told(figure.value, figure.unit), index.count(figure.name),
            f"{first[0].file} {first[0].place}" if first else "",
        )  # fmt: skip


# ------------------------------------------------------------------------------------------------------ by place


def _cell(asked: str, index: Index, depth: int) -> list[Answer]:
    """A cell of a table that is printed, or of the form."""
    found = _CELL.fullmatch(asked)
    if not found:
        return []
    cell = f"{found[1]}!{found[2].upper()}{found[3]}"
    here = {f.name: f for f in index.in_cells.get(cell, ())}
    answers = [_figure(f, index, depth) for f in here.values()]
    answers += [_path(path, index, depth) for path in _lowest(index.by_cell.get(cell, ()))]
    if not answers and cell in index.cells:
        file, text = index.cells[cell]
        own = [path for path, value in index.values.items() if value == text]
        lines = (f"这一格是文字：“{text}”。", *(f"是填的 {path_words(p)}（{index.loaded.place(p)}）。" for p in own))
        return [Answer(f"{file} {cell}", lines=lines)]
    sheets = {c.partition("!")[0] for c in (*index.cells, *index.by_cell)}
    if not answers and found[1] in sheets:
        row = re.compile(rf"{re.escape(found[1])}![A-Z]+{found[3]}")
        beside = sorted(c for c in (*index.in_cells, *index.by_cell) if row.fullmatch(c))
        near = f"这一行有数的格：{'、'.join(c.partition('!')[2] for c in beside)}。" if beside else ""
        raise Rejected([Issue(NOT_FOUND, Level.ERROR, f"{cell} 是空的。{near}", "核对单元格。")])
    return answers


def _line(asked: str, index: Index, depth: int) -> list[Answer]:
    """The values on a line of a YAML."""
    found = _LINE.fullmatch(asked)
    if not found:
        return []
    number = int(found[2])
    paths = _lowest(index.by_line.get(number, ()))
    if not paths:
        known = sorted(index.by_line, key=lambda line: (abs(line - number), line))[:1]
        near = f"最近的有值的是第 {known[0]} 行。" if known else ""
        raise Rejected([Issue(NOT_FOUND, Level.ERROR, f"第 {number} 行没有填的值。{near}", "核对行号。")])
    return [_path(path, index, depth) for path in paths]


def _lowest(paths: Sequence[str]) -> list[str]:
    """Those that are no part around another one."""
    return [p for p in paths if not any(o != p and o.startswith((f"{p}.", f"{p}[")) for o in paths)]


def _path(path: str, index: Index, depth: int) -> Answer:
    if figures := index.by_path.get(path, ()):
        return _figure(max(figures, key=lambda f: index.count(f.name)), index, depth)
    if path in index.values:
        return _value(path, index.values[path], index)
    return _blank(path, index)


def _value(path: str, value: object, index: Index) -> Answer:
    """A text, a date, a choice that the input gives."""
    place = index.loaded.place(path)
    stands = tuple(index.texts_with(value)) if isinstance(value, str) else ()
    shown = _brief(value)
    return Answer(path_words(path), path, lines=(f"{shown}{f'（{place}）' if place else ''}",), stands=stands)


def _blank(path: str, index: Index) -> Answer:
    place = index.loaded.place(path)
    return Answer(path_words(path), path, lines=(f"没有填{f'（{place}）' if place else ''}。",))


# ----------------------------------------------------------------------------------------------- by amount, text


def _number(asked: str, index: Index, depth: int) -> list[Answer]:
    """Every figure that is printed as a number, or is it exactly; the same fact under several names is one answer."""
    found = _NUMBER.fullmatch(asked)
    number = number_of(found[1].replace("−", "-")) if found else None
    if found is None or number is None:
        return []
    unit = _UNITS.get(found[2], found[2])
    if unit == "亿元":
        number, unit = (number * _IN_WAN).normalize(), "万元"
    units = [u for n, u in index.by_number if n == number and (not unit or u == unit)]
    figures = {f.name: f for u in units for f in index.by_number[number, u]}
    groups: dict[object, list[Figure]] = {}
    for figure in sorted(figures.values(), key=lambda f: -index.count(f.name)):
        groups.setdefault(_fact(figure) if number else figure.name, []).append(figure)
    in_texts = _texts_saying(found[1], index)
    if len(groups) > _MOST:
        firsts = [group[0] for group in groups.values()]
        lines = [f"{index.words(f)} {told(f.value, f.unit)}（印在 {index.count(f.name)} 处）" for f in firsts]
        cut = [f"等 {len(lines)} 个"] if len(lines) > _SHOWN else []
        return [Answer(asked, note=f"{len(lines)} 个数是它，写名称看一个：", lines=(*lines[:_SHOWN], *cut)), *in_texts]
    return [*(_figure(g[0], index, depth, g[1:]) for g in groups.values()), *in_texts]


def _fact(figure: Figure) -> object:
    """What tells one fact from another: the input values that it is made of, and how."""
    leaves = frozenset(leaf.path or leaf.name for leaf in figure.leaves() if leaf.value)
    return leaves, figure.value, figure.unit


def _texts_saying(number: str, index: Index) -> list[Answer]:
    """The unit's own texts that say a number."""
    pattern = re.compile(rf"(?<![\d.,]){re.escape(number)}(?![\d,]|\.\d)")
    said = [(p, v) for p, v in index.values.items() if isinstance(v, str) and pattern.search(v)]
    return [_value(path, text, index) for path, text in said[:_MOST]]


def _text(asked: str, index: Index, depth: int) -> list[Answer]:
    """Figures that are called so, then texts of the input that say so."""
    if not asked:
        return []
    named = _words_of_all(index)
    exact = [f for words, f in named if words == asked]
    about = exact or [f for words, f in named if all(part in words for part in asked.split())]
    own = [p for p, v in index.values.items() if isinstance(v, str) and asked in v][:_MOST]
    found = [_value(path, index.values[path], index) for path in own]
    if len(about) == 1 or exact:
        return [*(_figure(f, index, depth) for f in (exact or about)[:_MOST]), *found]
    if about:
        about.sort(key=lambda f: -index.count(f.name))
        lines = [f"{index.words(f)} {told(f.value, f.unit)}（{f.name}）" for f in about[:_SHOWN]]
        cut = [f"等 {len(about)} 个"] if len(about) > _SHOWN else []
        return [Answer(asked, note=f"名称里有它的数 {len(about)} 个，写名称看一个：", lines=(*lines, *cut)), *found]
    return found


def _words_of_all(index: Index) -> list[tuple[str, Figure]]:
    return [(index.words(f), f) for f in index.by_name.values()]


def _nothing(asked: str, index: Index) -> Rejected:
    """What is near, where nothing was meant."""
    number = _NUMBER.fullmatch(asked)
    wanted = number_of(number[1]) if number else None
    if number is not None and wanted is not None:
        unit = _UNITS.get(number[2], number[2])
        known = {(n, u): f[0] for (n, u), f in index.by_number.items() if n and (not unit or u == unit) and u != YUAN}
        near = sorted(known, key=lambda one: abs(one[0] - wanted))[:_NEAR]
        shown = [f"{n:f}{'' if u == PERCENT else ' '}{u}（{index.words(known[n, u])}）" for n, u in near]
        cause = f"没有 {asked} 这个数。{'相近的有 ' + '、'.join(shown) + '。' if shown else ''}"
        return Rejected([Issue(NOT_FOUND, Level.ERROR, cause, "核对这个数，看看小数位和单位。")])
    sheets = sorted({c.partition("!")[0] for c in (*index.cells, *index.by_cell)})
    near_by = [*(w for w, _ in _words_of_all(index)), *index.by_name, *index.computed.tree.names(), *sheets]
    cause = f"没有找到“{asked}”{near_miss(asked.partition('!')[0], near_by) or '。'}"
    mend = "写名称、印出来的数（5197.49、8.61%）、表的格（公开05!E11）、数据的格或行（收支明细!O9、unit.yaml:57）。"
    return Rejected([Issue(NOT_FOUND, Level.ERROR, cause, mend)])
