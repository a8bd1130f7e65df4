"""版式: where its files are along the 继承 chain, and the few settings that Python reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from budgetgen import resources
from budgetgen.issues import Issue, Level, Rejected, SourceRef, near_miss

WORKBOOK, DOCUMENT, NARRATIVES = "公开表.xlsx", "决算公开.docx", "说明"
_KEYS = ("中文名", "继承", "默认")


@dataclass(frozen=True)
class Profile:
    """One 版式. `chain` names itself first, then those it inherits from, nearest first."""

    name: str
    title: str
    chain: tuple[str, ...]

    def workbook(self) -> Path:
        """The nine tables' template."""
        return self._found("xlsx", WORKBOOK)

    def document(self) -> Path:
        """The document's template."""
        return self._found("docx", DOCUMENT)

    def narrative_folders(self) -> tuple[Path, ...]:
        """The folders that hold narratives and phrases, the nearest first."""
        folders = (resources.templates("docx", name, NARRATIVES) for name in self.chain)
        return tuple(f for f in folders if f.is_dir())

    def _found(self, kind: str, file: str) -> Path:
        paths = [resources.templates(kind, name, file) for name in self.chain]
        for path in paths:
            if path.is_file():
                return path
        raise Rejected([_issue("PROFILE-002", f"版式“{self.name}”没有 {file}。", "检查安装是否完整。", paths[0])])


def profile_names() -> list[str]:
    """The 版式 that there are."""
    return sorted(p.stem for p in resources.config("profiles").glob("*.yaml"))


def read_profile(name: str = "") -> Profile:
    """The 版式 of that name, or the one marked 默认. Rejected where there is none."""
    names = profile_names()
    if name and name not in names:
        cause = f"没有版式“{name}”{near_miss(name, names)}"
        raise Rejected([_issue("PROFILE-001", cause, f"可用的版式：{'、'.join(names)}。")])
    if not name:
        name = next((n for n in names if _settings(n).get("默认") is True), "") or names[0]
    chain = _chain(name)
    return Profile(name, str(_settings(name).get("中文名", name)), chain)


def _chain(name: str) -> tuple[str, ...]:
    chain = [name]
    while parent := _settings(chain[-1]).get("继承"):
        if parent in chain or parent not in profile_names():
            raise Rejected(
                [_issue("PROFILE-003", f"版式“{chain[-1]}”继承的“{parent}”不能用。", "改它的 继承。", _file(chain[-1]))]
            )
        chain.append(str(parent))
    return tuple(chain)


def _file(name: str) -> Path:
    return resources.config("profiles", f"{name}.yaml")


def _settings(name: str) -> dict[str, object]:
    path = _file(name)
    content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    unknown = [k for k in content if k not in _KEYS]
    if unknown:
        cause = f"版式设置里没有“{unknown[0]}”{near_miss(unknown[0], _KEYS)}"
        raise Rejected([_issue("PROFILE-004", cause, "删去或改名。", path)])
    return dict(content)


def _issue(rule: str, cause: str, mend: str, path: Path | None = None) -> Issue:
    return Issue(rule, Level.ERROR, cause, mend, place=SourceRef(str(path)) if path else None)
