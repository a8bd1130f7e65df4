"""Issues, what is still to be filled in and figures as data that a page shows: no path of this machine in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from budgetgen.check import by_cause
from budgetgen.check.report import Cause, ToFill, is_to_fill
from budgetgen.check.rules import told as in_words
from budgetgen.figures import CATALOGUE, Blank, Figure
from budgetgen.issues import Issue, Level
from budgetgen.model import Loaded
from budgetgen.model.wording import path_words
from budgetgen.office.files import is_office, plain_text
from budgetgen.web.form_edit import Form
from budgetgen.web.typed_values import ModelOf, typed_at
from budgetgen.web.yaml_edit import typed_in_yaml

_CODE = re.compile(r"\[[^\]]*\]")
_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "note"}


class Inputs:
    """What a person may type at paths of one input, and what stands there now."""

    def __init__(self, data: bytes, file: str, model_of: ModelOf) -> None:
        office = is_office(data, file)
        self._form = Form.read(data, file, model_of) if office else None
        self._yaml = "" if office else _text(data)
        self._model_of = model_of

    def at(self, paths: Iterable[str]) -> dict[str, dict[str, Any]]:
        """By path: how it is called, of which kind, what stands there; nothing for what can't be typed."""
        wanted = [p for p in dict.fromkeys(paths) if p]
        if self._form is not None:
            return {p: told for p in wanted if (told := _in_form(self._form, p))}
        found = typed_in_yaml(self._yaml, wanted, self._model_of) if wanted and self._yaml else {}
        return {p: {**typed.told(), "text": text, "cell": ""} for p, (typed, text) in found.items()}


def _in_form(form: Form, path: str) -> dict[str, Any]:
    """What may be typed at a path of a 填报表; nothing where it has no cell."""
    typed = typed_at(path, form.model)
    cell, text = form.held(path, typed) if typed else ("", "")
    return {**typed.told(), "text": text, "cell": cell} if typed and cell else {}


def _text(data: bytes) -> str:
    try:
        return plain_text(data)
    except UnicodeDecodeError:
        return ""


# ------------------------------------------------------------------------------------------------------------ issues


def issues_told(
    issues: Iterable[Issue], inputs: Inputs | None = None, waiting: Sequence[ToFill] = ()
) -> dict[str, Any]:
    """Issues by cause in lists (errors, warnings, notes) and what is `waiting` to be filled in, with their counts.

    What says that a value is not there stands in `fill` alone, whatever its level. Waived issues stand among the notes.
    """
    listed = {item.path for item in waiting}
    causes = by_cause(i for i in issues if not (is_to_fill(i) and i.path in listed))
    paths = (
        [i.path for c in causes for i in c.all] + [p for c in causes for p in c.suspects] + [t.path for t in waiting]
    )
    typed = inputs.at(paths) if inputs else {}
    lists: dict[str, list[dict[str, Any]]] = {"error": [], "warning": [], "fill": [], "note": []}
    lists["fill"] = [_to_fill(item, typed) for item in waiting]
    for cause in causes:
        lists["note" if cause.head.waived else _LEVELS[max(i.level for i in cause.all)]].append(_cause(cause, typed))
    return {"lists": lists, "counts": {name: len(found) for name, found in lists.items()}}


def _to_fill(item: ToFill, typed: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    level = Level.ERROR if item.stops else Level.WARNING
    told = issue_told(Issue("", level, "还没有填。", item.hint, item.path, item.place), typed)
    return {**told, "words": item.words}


def _cause(cause: Cause, typed: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        **issue_told(cause.head, typed),
        "suspects": [typed[p] for p in cause.suspects if p in typed and p != cause.head.path],
        "also": [issue_told(i, typed) for i in cause.consequences],
    }


def issue_told(issue: Issue, typed: Mapping[str, dict[str, Any]] | None = None) -> dict[str, Any]:
    """One issue; `input` is what may be typed where it is."""
    place = issue.place
    return {
        "rule": issue.rule,
        "level": _LEVELS[issue.level],
        "stops": issue.stops,
        "path": issue.path,
        "words": path_words(issue.path) if issue.path else "",
        "place": {"file": place.file, "line": place.line, "cell": place.cell} if place else None,
        "cause": issue.cause,
        "mend": issue.mend,
        "figures": [{"name": name, "amount": amount} for name, amount in issue.figures],
        "difference": issue.difference,
        "waived": issue.waived,
        "input": (typed or {}).get(issue.path),
    }


# ----------------------------------------------------------------------------------------------------------- figures


class Figures:
    """The figures that a packet prints and all that they were made from, each once, as a list that numbers refer to."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._numbers: dict[int, int] = {}
        self._kept: list[Figure | Blank] = []  # so that no number is given twice
        self.told: list[dict[str, Any]] = []

    def number(self, value: Figure | Blank) -> int:
        """The place of a figure in `told`."""
        known = self._numbers.get(id(value))
        if known is not None:
            return known
        number = self._numbers[id(value)] = len(self.told)
        self._kept.append(value)
        told: dict[str, Any] = {}
        self.told.append(told)
        told.update(self._gap(value) if isinstance(value, Blank) else self._figure(value))
        return number

    def _gap(self, blank: Blank) -> dict[str, Any]:
        return {"name": blank.path, "text": "还没有填", "path": blank.path, "place": self._place(blank.path), "of": []}

    def _figure(self, figure: Figure) -> dict[str, Any]:
        shares = self._loaded.shares.get(figure.path, ()) if not figure.operands else ()
        note = _CODE.sub("[*]", figure.name)
        return {
            "name": figure.name,
            "text": in_words(figure.value, figure.unit),
            "operation": "各单位之和" if shares else figure.operation,
            "path": figure.path,
            "place": self._place(figure.path) if figure.path and not shares else "",
            "note": CATALOGUE[note].note if note in CATALOGUE else "",
            "of": [self.number(_plain(operand)) for operand in figure.operands],
            "shares": [f"{s.unit} {in_words(Decimal(s.amount), figure.unit)}" for s in shares],
        }

    def _place(self, path: str) -> str:
        return str(self._loaded.place(path) or "")


def _plain(figure: Figure) -> Figure:
    """The figure itself, or the one that it is the sum of alone."""
    while len(figure.operands) == 1 and figure.operands[0].value == figure.value and not figure.path:
        figure = figure.operands[0]
    return figure


def without_paths(value: Any, folders: Sequence[str]) -> Any:
    """Data without the folders of this machine that texts in it name."""
    if isinstance(value, str):
        for folder in folders:
            if folder in value:
                value = value.replace(f"{folder}/", "").replace(f"{folder}\\", "").replace(folder, "")
        return value
    if isinstance(value, dict):
        return {k: without_paths(v, folders) for k, v in value.items()}
    return [without_paths(v, folders) for v in value] if isinstance(value, (list, tuple)) else value
