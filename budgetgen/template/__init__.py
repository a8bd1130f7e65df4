"""Office templates: `.xlsx` and `.docx` files with tags in them, compiled once and rendered many times.

Tags are Jinja's (`{{ }}`, `{% %}`, `{# #}`) and may stand for what holds them: `{%p … %}` for its paragraph, `{%tr … %}`
for its row, `{%tc … %}` for its column or cell, `{%r … %}` for its run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from budgetgen.template.outcome import (
    Blocks,
    CellPlace,
    ParagraphPlace,
    Printed,
    Rendered,
    Runs,
    TemplateError,
    WordTable,
)

if TYPE_CHECKING:
    from pathlib import Path

    from budgetgen.expression import Environment
    from budgetgen.template.document import DocumentRenderer
    from budgetgen.template.workbook import WorkbookRenderer


def compile_workbook(path: Path, env: Environment) -> WorkbookRenderer:
    """The workbook template at `path`. TemplateError: it cannot be used; OSError: it cannot be read."""
    from budgetgen.template.workbook import WorkbookRenderer

    return WorkbookRenderer(path, env)


def compile_document(path: Path, env: Environment) -> DocumentRenderer:
    """The document template at `path`. TemplateError: it cannot be used; OSError: it cannot be read."""
    from budgetgen.template.document import DocumentRenderer

    return DocumentRenderer(path, env)


def compile(path: Path, env: Environment) -> WorkbookRenderer | DocumentRenderer:  # noqa: A001 - as in `re.compile`
    """The template at `path`, by its suffix. TemplateError: it is neither `.xlsx` nor `.docx`."""
    if path.suffix.lower() == ".xlsx":
        return compile_workbook(path, env)
    if path.suffix.lower() == ".docx":
        return compile_document(path, env)
    raise TemplateError(path.name, "", "模板只能是 .xlsx 或 .docx 文件")


__all__ = [
    "Blocks",
    "CellPlace",
    "ParagraphPlace",
    "Printed",
    "Rendered",
    "Runs",
    "TemplateError",
    "WordTable",
    "compile",
    "compile_document",
    "compile_workbook",
]
