"""Jinja as templates may use it: sandboxed, strict about names, with the tree's own look-ups; compiled code is kept."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any
from zlib import crc32

from jinja2 import BaseLoader, FileSystemBytecodeCache, StrictUndefined, Template, compiler, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError, TemplateRuntimeError
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from budgetgen.expression.bounds import (
    CALL,
    ENGINE_CALLS,
    Spoken,
    Trusted,
    bound_filters,
    bound_tests,
    bound_tree,
    check_call,
    check_operator,
    may_call,
    padded,
    side_by_side,
    sized,
    spend_text,
    unfolded,
)
from budgetgen.expression.printing import Printer, Wording, number_filters
from budgetgen.figures import Blank, Figure, Group, Series, share
from budgetgen.issues import near_miss
from budgetgen.resources import cache_folder, carrier

if TYPE_CHECKING:
    from jinja2.bccache import Bucket


_LONGEST_NAME = 60


class Missing(StrictUndefined):
    """An undefined name: stops the render and tells the names that are near."""

    def _fail_with_undefined_error(self, *_: object, **__: object) -> Any:
        raise self._undefined_exception(self._words())

    __str__ = __iter__ = __len__ = __bool__ = __eq__ = __ne__ = __hash__ = _fail_with_undefined_error
    __call__ = __getitem__ = __add__ = __radd__ = __lt__ = __gt__ = __le__ = __ge__ = _fail_with_undefined_error
    __contains__ = __int__ = __float__ = __sub__ = __mul__ = __truediv__ = _fail_with_undefined_error

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise self._undefined_exception(self._words())

    def _words(self) -> str:
        if self._undefined_hint:
            return self._undefined_hint
        owner = self._undefined_obj
        known = owner.names() if isinstance(owner, (Figure, Group)) else ()
        inside = f"“{owner.name}”中" if isinstance(owner, (Figure, Group)) and owner.name else ""
        name = str(self._undefined_name)
        shown = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
        return f"{inside}没有“{shown}”这个名称{near_miss(name, known)}"


_TREE = frozenset({Figure, Group, Blank})
_COUNTED = frozenset({Figure, Blank})
CALCULATED = "金额、百分比不能在模板里加减乘除，请用名称表里现成的数"
_OF_JINJA = frozenset({"_loop_vars", "_block_vars"})
"""Names by which Jinja hands on what the blocks around a call have set."""
_MOST_CHOICES = 50
"""Of more, the conditions within conditions go too deep for Python's compiler where its stack is small."""
_OF_LOOPS = frozenset({"first", "last", "index", "index0", "length"})


class _Writer(CodeGenerator):
    """Writes shorter ways than Jinja's for what templates do most.

    Outputs go through `Environment.show`, which words and escapes in one, the sides of `~` through `Environment.joined`;
    the engine's own functions are called straight; of a dict that is written out to choose from, only what is chosen is
    worked out.
    """

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: FBT001, FBT002, N802 - Jinja's
        """A call; those that the engine writes itself need none of the sandbox's checks."""
        names = {argument.key: argument.value for argument in node.kwargs}
        is_said = len(names) == len(node.kwargs) and not node.args and not node.dyn_args and not node.dyn_kwargs
        is_own = isinstance(node.node, nodes.Name) and node.node.name in ENGINE_CALLS and not node.kwargs
        if is_own and not node.dyn_args:
            self._write("environment.trusted(", frame, node.node)
            self._write(")(", frame, *node.args)
            self.write(")")
        elif is_said and not forward_caller:
            self._write("environment.say(context, ", frame, node.node)
            self.write("{")
            for name, value in names.items():
                self._write(f"{name!r}: ", frame, value)
            self.write("})")
        else:
            super().visit_Call(node, frame, forward_caller=forward_caller)

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        """`~` puts each side as it is printed, figures too."""
        self._write("environment.joined(", frame, *node.nodes)
        self.write(")")

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        """`{"甲": 甲, "乙": 乙}[名]` as `甲 if (t := 名) == "甲" else 乙 if t == "乙" else …`."""
        choices = node.node.items if isinstance(node.node, nodes.Dict) else []
        keys = [pair.key.value for pair in choices if isinstance(pair.key, nodes.Const) and type(pair.key.value) is str]
        if not 0 < len(choices) <= _MOST_CHOICES or len({*keys}) < len(choices) or isinstance(node.arg, nodes.Slice):
            super().visit_Getitem(node, frame)
            return
        found = self.temporary_identifier()
        self.write("(")
        for number, (key, pair) in enumerate(zip(keys, choices, strict=True)):
            self.visit(pair.value, frame)
            self.write(" if ")
            if number:
                self.write(found)
            else:
                self.write(f"({found} := ")
                self.visit(node.arg, frame)
                self.write(")")
            self.write(f" == {key!r} else ")
        self.write(f"environment.getitem({{}}, {found}))")

    def _write(self, opening: str, frame: Frame, *parts: nodes.Node) -> None:
        """Words of Python, and after each part a comma."""
        self.write(opening)
        for part in parts:
            self.visit(part, frame)
            self.write(", ")

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

    globals_keys: frozenset[str] = frozenset()  # type: ignore[assignment]

    def __init__(
        self, environment: Environment, names: Mapping[str, object], template: Template, own: dict[str, object]
    ) -> None:
        self.environment, self.parent, self.name = environment, names, template.name  # type: ignore[assignment]
        self.vars, self.exported_vars = own, set()
        self.blocks = {k: [v] for k, v in template.blocks.items()} if template.blocks else {}

    @cached_property
    def eval_ctx(self) -> EvalContext:  # type: ignore[override]
        """How it escapes."""
        return EvalContext(self.environment, self.name)


class Environment(ImmutableSandboxedEnvironment):
    """Jinja with the tree's look-ups: `n.items` is the field `items`, and Python's own attributes are out of reach."""

    code_generator_class = _Writer
    show: Callable[[object], str]
    """What an output prints: worded, escaped, its figure marked."""
    joined: Callable[..., str]
    """What `~` puts together: each side as it is printed."""
    wording: Wording
    """How numbers are worded."""
    intercepted_binops = frozenset({"*", "**", "+", "-", "/", "//", "%"})
    intercepted_unops = frozenset({"-", "+"})

    @staticmethod
    def trusted(obj: Any) -> Callable[..., Any]:
        """The function behind a name of the engine's own. TypeError: a template gave the name to something else."""
        if type(obj) is not Trusted:
            raise TypeError("这个名称是保留的")
        return obj.work

    def context_of(
        self, template: Template, names: Mapping[str, object], own: dict[str, object] | None = None
    ) -> Context:
        """The context of one run of `template`, which sees its `own` names before `names`, `names_of` among these.

        What it sets comes to its `own`.
        """
        return _Run(self, names, template, {} if own is None else own)

    def names_of(self, *names: Mapping[str, object]) -> dict[str, object]:
        """What every template sees, and `names`, the later ones before the earlier."""
        found = dict(self.globals)
        for more in names:
            found.update(more)
        return found

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`obj.attribute` in a template."""
        kind = type(obj)
        if kind in _TREE or isinstance(obj, (Figure, Group, Blank)):
            try:
                return obj.lookup(attribute)
            except KeyError:
                return self.undefined(obj=obj, name=attribute)
        if kind is LoopContext and attribute in _OF_LOOPS:
            return getattr(obj, attribute)
        if isinstance(obj, Series):
            return self.undefined(obj=obj, name=attribute)
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`obj[argument]` in a template."""
        if not isinstance(argument, (str, int)):
            unfolded(argument)
        if isinstance(obj, (Figure, Group, Blank)):
            return self.getattr(obj, str(argument))
        return super().getitem(obj, argument)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """A call from a template: counted, and kept from making texts without end."""
        if type(obj) is Trusted:
            return obj.work(*args)
        if type(obj) is Spoken:
            return self.say(context, obj, {k: v for k, v in kwargs.items() if k not in _OF_JINJA}, *args)
        check_call(obj, args, kwargs, context)
        return sized(super().call(context, obj, *args, **kwargs))

    def say(self, context: Context, obj: Any, named: dict[str, Any], *unnamed: Any) -> Any:
        """A call with arguments by name, as phrases take them."""
        if type(obj) is not Spoken:
            return self.call(context, obj, *unnamed, **named)
        text = obj.work(named, *unnamed)
        spend_text(text, CALL + len(named))
        return text

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """An operator that can make much out of little; figures are never calculated with."""
        if type(left) in _COUNTED or type(right) in _COUNTED:
            raise TemplateRuntimeError(CALCULATED)
        check_operator(operator, left, right)
        return sized(super().call_binop(context, operator, left, right))

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:
        """A sign before a number."""
        if type(arg) in _COUNTED:
            raise TemplateRuntimeError(CALCULATED)
        return super().call_unop(context, operator, arg)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may have `obj.attr`: what Jinja's sandbox allows, and of methods those that are listed."""
        return super().is_safe_attribute(obj, attr, value) and may_call(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        """Never Jinja's own `format`: it is none of the methods that are listed."""

    def unsafe_undefined(self, obj: Any, attribute: str) -> Any:
        """What stands for an attribute that templates may not have."""
        return self.undefined(f"不能用“{attribute}”", name=attribute, obj=obj, exc=SecurityError)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        return bound_tree(super()._parse(source, name, filename), name, filename)


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
    printer = Printer(wording, text)
    env = Environment(
        loader=loader,
        autoescape=True,
        undefined=Missing,
        finalize=printer.finalize,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        bytecode_cache=bytecode_cache(),
    )
    env.show, env.joined, env.wording = printer.show, printer.joined, wording
    bound_filters(env.filters, {"补齐": padded, "join": printer.join, "e": _as_it_is})
    env.filters.update(number_filters(wording))
    bound_tests(env.tests)
    env.globals.clear()
    env.globals.update({"占比": share, "并排": side_by_side}, **(names or {}))
    return env


def _as_it_is(value: object) -> object:
    """The filter `e`: what is printed is always escaped, once."""
    return value


class KeptBytecode(FileSystemBytecodeCache):
    """Bytecode in files; one that can't be read is as good as none."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill `bucket` from its file, if that is whole."""
        try:
            super().load_bytecode(bucket)
        except Exception:  # noqa: BLE001 - a damaged file may fail in any way, and is written anew
            bucket.reset()


@cache
def bytecode_cache() -> KeptBytecode | None:
    """The place of compiled templates for this Python and this Jinja, or None where nothing can be kept."""
    place = cache_folder(f"jinja-{sys.implementation.cache_tag}-{_language():08x}")
    return KeptBytecode(str(place)) if place else None


def _language() -> int:
    """Tells versions of this package and of Jinja apart: the same template is other code when the language changes.

    No source is needed: where there is none, the file that carries the code tells.
    """
    jinja = carrier(compiler.__file__).stat()
    mark = crc32(f"{jinja.st_size} {jinja.st_mtime_ns}".encode())
    own = carrier(__file__)
    for module in sorted(own.parent.glob("*.py")) if own == Path(__file__) else [own]:
        stat = module.stat()
        mark = crc32(
            module.read_bytes() if module.suffix == ".py" else f"{stat.st_size} {stat.st_mtime_ns}".encode(), mark
        )
    return mark


def compiled(env: Environment, source: str, name: str, filename: str) -> CodeType:
    """The code of a template's source: kept from an earlier run, or compiled and kept. Jinja's errors as they come."""
    kept = env.bytecode_cache
    if kept is None:
        return env.compile(source, name=name, filename=filename)
    # Parts of several files have one name: what tells them apart is their source.
    bucket = kept.get_bucket(env, sha256(source.encode("utf-8", "surrogatepass")).hexdigest(), filename, source)
    if bucket.code is None:
        bucket.code = env.compile(source, name=name, filename=filename)
        kept.set_bucket(bucket)
    return bucket.code


_WIDE = str.maketrans({"（": "(", "）": ")", "，": ",", "：": ":", "【": "[", "】": "]", "　": " ", "｜": "|", "．": ".",
                       "～": "~", "\xa0": " ",
                       "＝": "=", "＋": "+", "－": "-", "＊": "*", "／": "/", "＜": "<", "＞": ">", "！": "!", "％": "%",
                       "“": '"', "”": '"', "‘": "'", "’": "'", "＂": '"', "＇": "'"})  # fmt: skip
QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "”": "”", "’": "’"}
"""Marks that begin a string in a tag, and the mark that ends it."""


def read_as_ascii(code: str) -> str:
    """The inside of a tag with full-width marks as ASCII, except in the strings that it quotes.

    Chinese input methods give them, and word processors type `表（“公开01”）`; a string ends at the mark that closes the one it began with.
    """
    out: list[str] = []
    closing, escaped = "", False
    for char in code:
        if escaped:
            escaped = False
            out.append(char)
        elif closing:
            escaped = char == "\\"
            if char == closing:
                closing = ""
                out.append(char.translate(_WIDE))
            else:
                out.append(f"\\{char}" if char in "\"'" else char)
        else:
            closing = QUOTES.get(char, "")
            out.append(char.translate(_WIDE))
    return "".join(out)
