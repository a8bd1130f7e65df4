"""Frozen classes of declared fields: `dataclasses.dataclass(frozen=True, slots=True)` for a program that starts often.

A run from the shell makes more than a hundred such classes. Their methods are shared here, not written and compiled for
each; only `__init__` is, and it sets the slots directly. So a class is made in a quarter of the time (a tenth of a run), a
value in a third. `replace`, `asdict`, `fields` and `is_dataclass` of `dataclasses` know them. What a record does not do, fields
that change or that do not count when two are compared, is a dataclass.
"""

from __future__ import annotations

from dataclasses import Field, FrozenInstanceError, field, make_dataclass
from typing import Any, NoReturn, TypeVar, dataclass_transform

_Class = TypeVar("_Class", bound=type)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: _Class) -> _Class:
    """A class with slots for the fields that `cls`, and the records that it is derived from, declare.

    Defaults are as declared; of `field` there is `default_factory` alone.
    """
    body = {name: value for name, value in vars(cls).items() if name not in ("__dict__", "__weakref__")}
    own = [n for n, kind in body.get("__annotations__", {}).items() if not str(kind).startswith("ClassVar")]
    defaults = {**getattr(cls, "__defaults__", {}), **{name: body.pop(name) for name in own if name in body}}
    names = tuple(dict.fromkeys((*getattr(cls, "__match_args__", ()), *own)))
    body |= {n: method for n, method in _SHARED.items() if getattr(cls, n, None) is getattr(object, n, None)}
    body |= {
        "__dataclass_fields__": _Fields(),
        "__match_args__": names,
        "__slots__": tuple(own),
        "__defaults__": defaults,
    }
    made: Any = type(cls)(cls.__name__, cls.__bases__, {**body, "__qualname__": cls.__qualname__})
    scope: dict[str, Any] = {f"_set_{name}": getattr(made, name).__set__ for name in names}
    taken, steps = "self", []
    for name in names:
        value = scope[f"_of_{name}"] = defaults.get(name)
        taken += f", {name}=_of_{name}" if name in defaults else f", {name}"
        fresh = isinstance(value, Field)
        steps.append(
            f"_set_{name}(self, _of_{name}.default_factory() if {name} is _of_{name} else {name})"
            if fresh
            else f"_set_{name}(self, {name})"
        )
    steps += ["self.__post_init__()"] if hasattr(made, "__post_init__") else []
    values = "".join(f"self.{name}, " for name in names)
    exec(f"def __init__({taken}): {'; '.join(steps) or 'pass'}\ndef __values__(self): return ({values})", scope)  # noqa: S102 - names of fields
    made.__init__, made.__values__ = scope["__init__"], scope["__values__"]
    return made  # type: ignore[no-any-return]


def is_record(cls: type) -> bool:
    """Whether a class was made by `record`."""
    return cls.__setattr__ is _refuse


def _refuse(self: object, name: str, *_: object) -> NoReturn:
    raise FrozenInstanceError(f"{type(self).__name__}.{name} is frozen")


def _equal(self: Any, other: Any) -> bool:
    return self.__values__() == other.__values__() if type(self) is type(other) else NotImplemented


def _hashed(self: Any) -> int:
    return hash(self.__values__())


def _shown(self: Any) -> str:
    said = zip(self.__match_args__, self.__values__(), strict=True)
    return f"{type(self).__qualname__}({', '.join(f'{name}={value!r}' for name, value in said)})"


def _reduced(self: Any) -> tuple[type, tuple[Any, ...]]:
    return type(self), self.__values__()


class _Fields:
    """The fields as `dataclasses` wants them, made when it asks."""

    def __get__(self, _: object, cls: Any) -> dict[str, Field[Any]]:
        known: Any = make_dataclass(cls.__name__, cls.__match_args__, init=False, repr=False, eq=False)
        cls.__dataclass_fields__ = known.__dataclass_fields__
        return cls.__dataclass_fields__  # type: ignore[no-any-return]


_SHARED = {
    "__setattr__": _refuse, "__delattr__": _refuse, "__eq__": _equal, "__hash__": _hashed, "__repr__": _shown,
    "__reduce__": _reduced,
}  # fmt: skip
