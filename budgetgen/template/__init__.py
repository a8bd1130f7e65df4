"""Office templates: `.xlsx` and `.docx` files with tags in them, compiled once and rendered many times.

Tags are Jinja's (`{{ }}`, `{% %}`, `{# #}`) and may stand for what holds them: `{%p … %}` for its paragraph, `{%tr … %}`
for its row, `{%tc … %}` for its column or cell, `{%ts … %}` for its worksheet, `{%r … %}` for its run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from budgetgen.template.language.rendered import (
    Blocks,
    CellPlace,
    ChartPlace,
    Paragraph,
    ParagraphPlace,
    Passage,
    Print,
    Printed,
    Rendered,
    Runs,
    Table,
    TemplateError,
)

if TYPE_CHECKING:
    from pathlib import Path

    from budgetgen.expression import Environment
    from budgetgen.issues import Issue
    from budgetgen.template.docx.document_template import DocumentRenderer
    from budgetgen.template.language.lint import UsedName
    from budgetgen.template.language.rendered import Report
    from budgetgen.template.xlsx.workbook_renderer import WorkbookRenderer


_MALFORMED = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError, RecursionError)
"""What comes of parts that no office program writes: a row numbered `abc`, a style that is not there."""


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    """Files come from strangers: what does not fit together inside one is told as a fault of the file."""
    try:
        yield
    except TemplateError:
        raise
    except _MALFORMED as error:
        cause = f"文件内部有不合格式的内容（{error or type(error).__name__}）。用 Excel、Word 或 WPS 打开，另存一次再试"
        raise TemplateError(path.name, "", cause) from error


# The formats are imported when they are asked for: a command that needs one does not wait for the other.


def compile_workbook(path: Path, env: Environment, report: Report | None = None) -> WorkbookRenderer:
    """The workbook template at `path`. TemplateError: it cannot be used; OSError: it cannot be read.

    With `report`, faults that leave the rest readable are handed to it instead of being raised.
    """
    from budgetgen.template.xlsx.workbook_renderer import WorkbookRenderer  # noqa: PLC0415

    with _refused(path):
        return WorkbookRenderer(path, env, report)


def compile_document(path: Path, env: Environment, report: Report | None = None) -> DocumentRenderer:
    """The document template at `path`; as `compile_workbook`."""
    from budgetgen.template.docx.document_template import DocumentRenderer  # noqa: PLC0415

    with _refused(path):
        return DocumentRenderer(path, env, report)


def compile(  # noqa: A001 - as in `re.compile`
    path: Path, env: Environment, report: Report | None = None
) -> WorkbookRenderer | DocumentRenderer:
    """The template at `path`, by its suffix. TemplateError: it is neither `.xlsx` nor `.docx`."""
    if path.suffix.lower() == ".xlsx":
        return compile_workbook(path, env, report)
    if path.suffix.lower() == ".docx":
        return compile_document(path, env, report)
    raise TemplateError(path.name, "", "模板只能是 .xlsx 或 .docx 文件")


def check(path: Path, env: Environment) -> list[Issue]:
    """Everything that keeps the template at `path` from being used; empty where it can be compiled."""
    from budgetgen.template.language.lint import check  # noqa: PLC0415

    return check(path, env, compile)


def used_names(path: Path, env: Environment) -> list[UsedName]:
    """The names that the template asks for, with their places. TemplateError: it cannot be compiled."""
    from budgetgen.template.language.lint import used_names  # noqa: PLC0415

    return used_names(path, env, compile)


__all__ = [
    "Blocks",
    "CellPlace",
    "ChartPlace",
    "Paragraph",
    "ParagraphPlace",
    "Passage",
    "Print",
    "Printed",
    "Rendered",
    "Runs",
    "Table",
    "TemplateError",
    "check",
    "compile",
    "compile_document",
    "compile_workbook",
    "used_names",
]
