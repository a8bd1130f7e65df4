"""版式: where its files are along the 继承 chain, and the few settings that Python reads.

A 版式 is looked for in several folders (`resources.shelves`), the nearest first. Its settings are those of the nearest
folder that has any; each of its files is the nearest one of its own name, else that of the 版式 it inherits from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from budgetgen.compute.scores import STANDARD, Scoring
from budgetgen.issues import Issue, Level, Rejected, SourceRef, near_miss
from budgetgen.layout.kinds import Kind, PacketFile, kinds, lacking, read_kind
from budgetgen.layout.settings import Settings, Term, read_glossary, read_settings, read_text
from budgetgen.model import Accounts, Declared
from budgetgen.model.declarations import fields_of
from budgetgen.model.extra_fields import WORDING, ExtraField, OpenSetting, accounts_with
from budgetgen.resources import Shelf, shelves

XLSX, DOCX = "xlsx", "docx"
NARRATIVES = "说明"
SETTINGS, PHRASES = "设置.j2", "短语"
SECTION_SUFFIX, PHRASE_SUFFIX = ".md.j2", ".j2"


@dataclass(frozen=True)
class Profile:
    """One 版式.

    `chain` names itself first, then those it inherits from, nearest first; `state` is the size and time of every file
    it is made of, so that a profile is equal to another only while their files are the same. `fixed` are phrases whose numbers stay for every unit.
    `open_settings` are those of wording that a unit may set, `chosen` what one has set: name → value.
    """

    name: str
    title: str
    chain: tuple[str, ...]
    shelves: tuple[Shelf, ...] = ()
    limits: tuple[tuple[str, Decimal], ...] = ()
    rules: tuple[tuple[str, Level | None], ...] = ()
    scoring: Scoring = STANDARD
    state: tuple[tuple[str, int, int], ...] = field(default=(), repr=False)
    extra_fields: tuple[ExtraField, ...] = ()
    fixed: tuple[str, ...] = ()
    kind_fields: tuple[ExtraField, ...] = ()
    open_settings: tuple[OpenSetting, ...] = ()
    chosen: tuple[tuple[str, str], ...] = ()

    @property
    def model(self) -> type[Accounts]:
        """The model of accounts in this 版式: with its 补充字段 and 用词, and the fields of the kind that it was read for."""
        return accounts_with(self.extra_fields, self.kind_fields, self.open_settings)

    def worded_for(self, accounts: Accounts) -> Profile:
        """The 版式 with what a unit words otherwise."""
        chosen = []
        for one in self.open_settings:
            value: object = accounts
            for key in (WORDING, *one.name.split(".")):
                spec = fields_of(type(value)).get(key) if isinstance(value, Declared) else None
                value = getattr(value, spec.name) if spec else None
            if isinstance(value, str) and value in dict(one.choices):
                chosen.append((one.name, dict(one.choices)[value]))
        return replace(self, chosen=tuple(chosen))

    @property
    def widest_model(self) -> type[Accounts]:
        """The model with the 补充字段 of every kind that can be made in it."""
        made = [one for kind in kinds(self.shelves) if self.has(kind) for one in kind.extra_fields]
        own = tuple({(one.section, one.key): one for one in made}.values())
        return accounts_with(self.extra_fields, own, self.open_settings)

    def template(self, file: PacketFile) -> Path | None:
        """The template of a packet's file, the nearest of its name; None where the 版式 has none."""
        return next((path for path in self.candidates(file.suffix, file.template) if path.is_file()), None)

    def templates(self, kind: Kind) -> dict[PacketFile, Path]:
        """The templates of a kind's files. Rejected where one is lacking that every packet of it has."""
        found = {file: path for file in kind.files if (path := self.template(file))}
        for file in kind.required_files:
            if file not in found:
                raise Rejected([self._lacks(file, kind)])
        return found

    def has(self, kind: Kind) -> bool:
        """Whether packets of that kind can be made in it."""
        return all(self.template(file) for file in kind.required_files)

    def narrative_folders(self) -> tuple[Path, ...]:
        """The folders that hold narratives and phrases, the nearest first."""
        return tuple(folder for folder in self.candidates(DOCX, NARRATIVES) if folder.is_dir())

    def candidates(self, kind: str, *parts: str) -> Iterator[Path]:
        """Where a file or folder of the 版式 may be, the nearest first."""
        return (shelf.file(kind, name, *parts) for name in self.chain for shelf in self.shelves)

    def glossary(self, year: int) -> tuple[Term, ...]:
        """固定的名词解释 of `year`: the nearest file along the chain; none where there is no file."""
        places = (shelf.glossary(name) for name in self.chain for shelf in self.shelves)
        path = next((p for p in places if p.is_file()), None)
        return tuple(t for t in read_glossary(path) if t.holds(year)) if path else ()

    def rulebooks(self) -> tuple[Path, ...]:
        """The files of written rules, the farthest first: what a nearer one says again holds."""
        return tuple(path for shelf in reversed(self.shelves) for path in shelf.checks())

    def _lacks(self, file: PacketFile, kind: Kind) -> Issue:
        cause = f"版式“{self.name}”没有 {file.template}，做不出“{kind.title}”。"
        mend = f"放进 {self.shelves[0].file(file.suffix, self.name)}，或写明“继承”哪个版式。"
        return _issue("PROFILE-002", cause, mend)


def profile_names(places: Sequence[Shelf] | None = None) -> list[str]:
    """The 版式 that there are."""
    return sorted({name for shelf in places or shelves() for name in shelf.names()})


def read_profile(name: str = "", places: Sequence[Shelf] | None = None, kind: Kind | None = None) -> Profile:
    """The 版式 of that name, or the one marked 默认: the nearest that has the files of `kind`, by default the usual kind.

    Rejected where there is none, or its settings are wrong.
    """
    found = tuple(places or shelves())
    check_folders(found)
    names = profile_names(found)
    if name and name not in names:
        cause = f"没有版式“{name}”{near_miss(name, names) or '。'}"
        raise Rejected([_issue("PROFILE-001", cause, f"可用的版式：{'、'.join(names)}。")])
    chosen = _profile(name or _usual(found, kind or read_kind(places=found)), found)
    return replace(chosen, kind_fields=kind.extra_fields) if kind else chosen


def _usual(found: tuple[Shelf, ...], kind: Kind) -> str:
    """The nearest 版式 marked 默认 in which `kind` can be made, else the nearest of all."""
    marked = _default_names(found)
    return next((n for n in marked if Profile(n, n, tuple(_chain(n, found)), found).has(kind)), marked[0])


def usual_names(places: Sequence[Shelf]) -> dict[str, list[Kind]]:
    """The 版式 that are used where none is named, each with the kinds of packets that it is used for."""
    found: dict[str, list[Kind]] = {}
    for kind in kinds(places):
        found.setdefault(_usual(tuple(places), kind), []).append(kind)
    return found


def _profile(name: str, found: tuple[Shelf, ...]) -> Profile:
    chain = _chain(name, found)
    limits = {k: v for s in reversed(chain.values()) for k, v in s.limits.items()}
    rules = {k: v for s in reversed(chain.values()) for k, v in s.rules.items()}
    title = chain[name].title or name
    scoring = Scoring(
        next((s.execution for s in chain.values() if s.execution is not None), STANDARD.execution),
        next((s.grades for s in chain.values() if s.grades), STANDARD.grades),
    )
    state = tuple(_state(chain, found))
    extra = _extra_fields(chain.values())
    fixed = tuple(dict.fromkeys(phrase for settings in chain.values() for phrase in settings.fixed))
    own = tuple(rules.items())
    wording = _open_settings(chain.values())
    return Profile(
        name, title, tuple(chain), found, tuple(limits.items()), own, scoring, state, extra, fixed, (), wording
    )


def accounts_model(name: str = "", places: Sequence[Shelf] | None = None, material: str = "") -> type[Accounts]:
    """The model of accounts in the 版式 of that name, or the one marked 默认, for a packet of the kind `material`.

    Without 补充字段 where the 版式 or the kind cannot be read: what is wrong is told where it is read for its files.
    """
    found = tuple(s for s in places or shelves() if s.folder.is_dir())
    extra: tuple[ExtraField, ...] = ()
    own: tuple[ExtraField, ...] = ()
    wording: tuple[OpenSetting, ...] = ()
    with suppress(Rejected, OSError):
        kind = read_kind(material, found)
        own = kind.extra_fields
        name = name or _usual(found, kind)
    with suppress(Rejected, OSError):
        chain = _chain(name, found).values() if name in profile_names(found) else ()
        extra, wording = _extra_fields(chain), _open_settings(chain)
    return accounts_with(extra, own, wording)


def _extra_fields(chain: Iterable[Settings]) -> tuple[ExtraField, ...]:
    """The fields of all settings of a chain, the farthest first; what a nearer one says again holds."""
    declared = [one for settings in reversed(tuple(chain)) for one in settings.extra_fields]
    return tuple({(one.section, one.key): one for one in declared}.values())


def _open_settings(chain: Iterable[Settings]) -> tuple[OpenSetting, ...]:
    """The settings of wording that a chain opens to units, the farthest first; what a nearer one says again holds."""
    return tuple({one.name: one for settings in reversed(tuple(chain)) for one in settings.wording}.values())


def _default_names(places: Sequence[Shelf]) -> list[str]:
    """The 版式 marked 默认, the nearest first; Rejected where none is."""
    found = []
    for shelf in places:
        for name in shelf.names():
            with suppress(Rejected):  # a fault in settings that nobody asked for is told when somebody does
                if read_settings(shelf.profile(name)).default and name not in found:
                    found.append(name)
    if found:
        return found
    raise Rejected([_issue("PROFILE-001", "没有默认的版式。", "在数据文件里写明“版式”，或用 --profile 指定。")])


def check_folders(places: Iterable[Shelf]) -> None:
    """Rejected where a folder that somebody named is not there."""
    missing = [s for s in places if not s.folder.is_dir()]
    if missing:
        cause = "没有这个模板文件夹，由 {0} 指定。"
        raise Rejected(
            _issue("PROFILE-006", cause.format(s.origin), "核对路径。", SourceRef(str(s.folder))) for s in missing
        )


def _chain(name: str, places: Sequence[Shelf]) -> dict[str, Settings]:
    """The 版式 and those it inherits from, with their settings."""
    chain: dict[str, Settings] = {}
    while name:
        settings = read_settings(settings_file(name, places))
        chain[name] = settings
        parent = settings.parent
        if parent in chain:
            cause = f"版式“{name}”继承的“{parent}”又继承它自己。" if parent != name else f"版式“{name}”继承了自己。"
            raise Rejected([_issue("PROFILE-003", cause, "改“继承”。", settings.parent_place)])
        names = profile_names(places)
        if parent and parent not in names:
            cause = f"没有版式“{parent}”，不能继承{near_miss(parent, names) or '。'}"
            mend = f"可用的版式：{'、'.join(n for n in names if n != name)}。"
            raise Rejected([_issue("PROFILE-003", cause, mend, settings.parent_place)])
        name = parent
    return chain


def settings_file(name: str, places: Sequence[Shelf]) -> Path:
    """The nearest settings of a 版式 that there is."""
    return next(path for shelf in places if (path := shelf.profile(name)).is_file())


def _state(chain: Iterable[str], places: Sequence[Shelf]) -> Iterator[tuple[str, int, int]]:
    for name in chain:
        for shelf in places:
            narratives = shelf.file(DOCX, name, NARRATIVES)
            for path in (
                shelf.profile(name), shelf.glossary(name),
                *sorted(shelf.file(XLSX, name).glob("*.xlsx")), *sorted(shelf.file(DOCX, name).glob("*.docx")),
                *sorted(narratives.glob("*.j2")), *sorted(narratives.glob("*/*.j2")),
            ):  # fmt: skip
                with suppress(OSError):
                    stat = path.stat()
                    yield str(path), stat.st_mtime_ns, stat.st_size


def _issue(rule: str, cause: str, mend: str, place: SourceRef | None = None) -> Issue:
    return Issue(rule, Level.ERROR, cause, mend, place=place)


__all__ = [
    "DOCX",
    "NARRATIVES",
    "PHRASES",
    "PHRASE_SUFFIX",
    "SECTION_SUFFIX",
    "SETTINGS",
    "XLSX",
    "Kind",
    "PacketFile",
    "Profile",
    "Shelf",
    "accounts_model",
    "check_folders",
    "kinds",
    "lacking",
    "profile_names",
    "read_kind",
    "read_profile",
    "read_text",
    "settings_file",
    "shelves",
    "usual_names",
]
