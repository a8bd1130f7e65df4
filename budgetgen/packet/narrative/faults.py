"""What fails in a narrative or a phrase, told with the file and line that its maintainer must look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from jinja2 import TemplateSyntaxError

from budgetgen.expression import Environment
from budgetgen.figures import Figure
from budgetgen.template import TemplateError as BadTemplate
from budgetgen.template.language.script import run_cause, syntax_cause

_CALCULATED = "金额、百分比不能在模板里加减乘除，请用名称表里现成的数"


def bad_syntax(error: TemplateSyntaxError, env: Environment) -> BadTemplate:
    """A file that Jinja cannot read."""
    return BadTemplate(_place(error.filename or error.name or "", error.lineno), "", syntax_cause(error, env))


def bad_run(error: Exception, path: str, names: Callable[[], Mapping[str, object]]) -> BadTemplate:
    """What failed while the narrative or phrase at `path` was filled, and its line."""
    calculated = isinstance(error, TypeError) and Figure.__name__ in str(error)
    return BadTemplate(_place(path, _at(error, path)), "", _CALCULATED if calculated else run_cause(error, names))


def called_from(error: BadTemplate, path: str) -> BadTemplate:
    """The fault of a phrase, with the line of the narrative at `path` that uses it; the narrative's own as it is."""
    line = 0 if error.file.startswith(path) else _at(error, path)
    if not line:
        return error
    return BadTemplate(error.file, error.place, f"{error.cause}（用在 {_place(Path(path).name, line)}）")


def _at(error: Exception, path: str) -> int:
    """The line of the file at `path` that the error came through; 0 for none."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:  # Jinja gives its frames the template's own lines
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _place(path: str, line: int) -> str:
    return f"{path}:{line}" if line else path
