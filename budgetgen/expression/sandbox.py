"""Jinja as templates may use it: sandboxed, strict about names, with the tree's own look-ups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from jinja2 import BaseLoader, StrictUndefined, Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import UndefinedError
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing
from markupsafe import Markup, escape

from budgetgen.expression.bounds import (
    CALL,
    ENGINE_CALLS,
    Spoken,
    Trusted,
    bound_filters,
    bound_tree,
    check_product,
    check_text_work,
    sized,
    spend,
)
from budgetgen.expression.bytecode import bytecode_cache
from budgetgen.expression.marks import mark, marked, refuse_forbidden
from budgetgen.expression.rows import padded, side_by_side
from budgetgen.expression.wording import Wording, figure_text, number_filters
from budgetgen.figures import Blank, Figure, Group, Series, share
from budgetgen.issues import near_miss
from budgetgen.money import plain_text

_MEMORY = 20_000
"""Figures and texts whose words are kept."""
_LONGEST_KEPT = 200


class Missing(StrictUndefined):
    """An undefined name: stops the render and tells the names that are near."""

    @property
    def is_omitted_else(self) -> bool:
        """Whether it is only what `{{ x if y }}` gives where y is false: nothing."""
        return self._undefined_name is None and self._undefined_obj is missing

    def _fail_with_undefined_error(self, *_: object, **__: object) -> Any:
        raise UndefinedError(self._words())

    __str__ = __iter__ = __len__ = __bool__ = __eq__ = __ne__ = __hash__ = _fail_with_undefined_error
    __call__ = __getitem__ = __add__ = __radd__ = __lt__ = __gt__ = __le__ = __ge__ = _fail_with_undefined_error
    __contains__ = __int__ = __float__ = __sub__ = __mul__ = __truediv__ = _fail_with_undefined_error

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise UndefinedError(self._words())

    def _words(self) -> str:
        owner = self._undefined_obj
        known = owner.names() if isinstance(owner, (Figure, Group)) else ()
        inside = f"“{owner.name}”中" if isinstance(owner, (Figure, Group)) and owner.name else ""
        return f"{inside}没有“{self._undefined_name}”这个名称{near_miss(str(self._undefined_name), known)}"


_TREE = frozenset({Figure, Group, Blank})
_OF_LOOPS = frozenset({"first", "last", "index", "index0", "length"})


class _Writer(CodeGenerator):
    """Outputs go through `Environment.show`, which words and escapes in one; the engine's own functions are called straight."""

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: FBT001, FBT002, N802 - Jinja's
        """A call; those that the engine writes itself need none of the sandbox's checks."""
        if not (isinstance(node.node, nodes.Name) and node.node.name in ENGINE_CALLS) or node.kwargs or node.dyn_args:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.write("environment.trusted(")
        self.visit(node.node, frame)
        self.write(")(")
        for argument in node.args:
            self.visit(argument, frame)
            self.write(", ")
        self.write(")")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        """`~` puts each side as it is printed, figures too."""
        self.write("markup_join((" if frame.eval_ctx.autoescape else "str_join((")
        for side in node.nodes:
            self.write("environment.worded(")
            self.visit(side, frame)
            self.write("), ")
        self.write("))")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("(environment.show(")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is None:
            super()._output_child_post(node, frame, finalize)
        else:
            self.write("))")


class _Run(Context):
    """A context that makes nothing before it is asked for: most runs are of a phrase of a few words."""

    def __init__(self, environment: Environment, names: Mapping[str, object], template: Template) -> None:
        self.environment, self.parent, self.name = environment, names, template.name  # type: ignore[assignment]
        self.vars, self.exported_vars = {}, set()
        self.blocks = {k: [v] for k, v in template.blocks.items()} if template.blocks else {}
        self.globals_keys = set()

    @cached_property
    def eval_ctx(self) -> EvalContext:  # type: ignore[override]
        """How it escapes."""
        return EvalContext(self.environment, self.name)


class Environment(ImmutableSandboxedEnvironment):
    """Jinja with the tree's look-ups: `n.items` is the field `items`, and Python's own attributes are out of reach."""

    code_generator_class = _Writer
    show: Callable[[object], str]
    """What an output prints: worded, escaped, its figure marked."""
    intercepted_binops = frozenset({"*", "**", "+", "%"})

    @staticmethod
    def trusted(obj: Any) -> Callable[..., Any]:
        """The function behind a name of the engine's own. TypeError: a template gave the name to something else."""
        if type(obj) is not Trusted:
            raise TypeError("这个名称是保留的")
        return obj.work

    def worded(self, value: object) -> object:
        """One side of `~`: a figure as it is printed, anything else as it is."""
        return Markup(self.show(value)) if isinstance(value, (Figure, Blank, Decimal)) else value  # noqa: S704 - escaped

    def context_of(self, template: Template, names: Mapping[str, object]) -> Context:
        """The context of one run of `template`; `names` are all that it sees, `names_of` among them."""
        return _Run(self, names, template)

    def names_of(self, *names: Mapping[str, object]) -> dict[str, object]:
        """What every template sees, and `names`, the later ones before the earlier."""
        found = dict(self.globals)
        for more in names:
            found.update(more)
        return found

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`obj.attribute` in a template."""
        kind = type(obj)
        if kind is LoopContext and attribute in _OF_LOOPS:
            return getattr(obj, attribute)
        if kind in _TREE or isinstance(obj, (Figure, Group, Blank)):
            try:
                return obj.lookup(attribute)
            except KeyError:
                return self.undefined(obj=obj, name=attribute)
        if isinstance(obj, Series):
            return self.undefined(obj=obj, name=attribute)
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`obj[argument]` in a template."""
        if isinstance(obj, (Figure, Group, Blank)):
            return self.getattr(obj, str(argument))
        return super().getitem(obj, argument)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """A call from a template: counted, and kept from making texts without end."""
        if type(obj) is Trusted:
            return obj.work(*args)
        spend(CALL)
        if type(obj) is Spoken:
            kwargs.pop("_loop_vars", None)
            kwargs.pop("_block_vars", None)
            return sized(obj.work(*args, **kwargs))
        owner = getattr(getattr(obj, "__wrapped__", obj), "__self__", None)
        if isinstance(owner, str):
            check_text_work(obj.__name__, owner, (*args, *kwargs.values()))
        return sized(super().call(context, obj, *args, **kwargs))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """An operator that can make much out of little."""
        check_product(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        return bound_tree(super()._parse(source, name, filename))


class _Printer:
    """What outputs print: figures worded as `wording` says and marked, plain texts through `text`."""

    def __init__(self, wording: Wording, text: Callable[[str], str]) -> None:
        self._wording, self._text = wording, text
        self._worded: dict[tuple[Decimal, str], str] = {}
        self._shown: dict[str, str] = {}

    def finalize(self, value: object) -> object:
        """A value as it is printed, not yet escaped unless it is markup."""
        if isinstance(value, Figure):
            return mark(value, figure_text(value, self._wording))
        if isinstance(value, Blank):
            return mark(value, str(value))
        if isinstance(value, Decimal):
            return plain_text(value, strip_zeros=False)
        if value is None or (isinstance(value, Missing) and value.is_omitted_else):
            return ""
        if type(value) is not str:
            return value
        refuse_forbidden(value)
        return self._text(value)

    def show(self, value: Any) -> str:
        """A value as it is printed, escaped."""
        kind = type(value)
        if kind is Figure:
            return self._figure(value)
        if kind is Markup:
            return str.__str__(value)
        if kind is not str:
            return escape(self.finalize(value))
        shown = self._shown.get(value)
        if shown is None:
            shown = str(escape(self.finalize(value)))
            _keep(self._shown, value, shown)
        return shown

    def _figure(self, value: Figure) -> str:
        key = (value.value, value.unit)
        printed = self._worded.get(key)
        if printed is None:
            printed = str(escape(figure_text(value, self._wording)))
            _keep(self._worded, key, printed)
        return marked(value, printed)

    def join(self, values: Iterable[object], between: str = "") -> Markup:
        """The filter `join`: each value as it is printed."""
        items = list(values)
        check_text_work("join", between, (items,))
        joined = escape(between).join(escape(self.finalize(v)) for v in items)
        return Markup(sized(joined))  # noqa: S704 - escaped just here


def _keep(known: dict[Any, str], key: object, text: str) -> None:
    """Texts that come again and again are worked out once."""
    if len(known) >= _MEMORY:
        known.clear()
    if len(text) <= _LONGEST_KEPT:
        known[key] = text


def environment(
    wording: Wording | None = None,
    loader: BaseLoader | None = None,
    names: Mapping[str, object] | None = None,
    text: Callable[[str], str] = str,
) -> Environment:
    """A sandboxed environment whose output is XML text: escaped, figures worded as `wording` says and marked.

    `names` are functions and tables that every template sees, beside the figure functions; `text` is applied to each
    plain text that is printed, before it is escaped.
    """
    wording = wording or Wording()
    printer = _Printer(wording, text)
    env = Environment(
        loader=loader,
        autoescape=True,
        undefined=Missing,
        finalize=printer.finalize,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        bytecode_cache=bytecode_cache(),
    )
    env.show = printer.show
    bound_filters(env.filters)
    env.filters.update(number_filters(wording))
    env.filters.update({"补齐": padded, "join": printer.join})
    env.globals.update({"占比": share, "并排": side_by_side})
    env.globals.update(names or {})
    return env
