"""A new 版式 to edit: only what one edits; everything else stays with the one it inherits from."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from budgetgen.issues import Issue, Level, Rejected, SourceRef, near_miss
from budgetgen.layout import DOCX, NARRATIVES, PHRASES, SECTION_SUFFIX, SETTINGS, XLSX, Profile, Shelf
from budgetgen.layout.files import Part, merged_settings, parts

READ_ME = "先读我.txt"
_NAME = re.compile(r"\w[\w.-]{0,39}")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


def new_profile(name: str, parent: Profile, folder: Path, *, copy: bool = False) -> list[Path]:
    """Make the 版式 `name` in `folder`, inheriting from `parent`: settings, 设置.j2, empty folders that say what for.

    With `copy`, the workbook and the document too. Rejected where the name is no name, where something of that name
    is there, or where the system refuses.
    """
    shelf = Shelf("", folder, folder)
    _check_name(name, parent, shelf)
    xlsx, docx = shelf.file(XLSX, name), shelf.file(DOCX, name)
    texts = {
        shelf.profile(name): _settings(name, parent),
        docx / NARRATIVES / SETTINGS: _SETTINGS_NOTE.format(name=name, parent=parent.name) + merged_settings(parent),
        docx / READ_ME: _DOCX_NOTE.format(name=name, parent=parent.name),
        xlsx / READ_ME: _XLSX_NOTE.format(name=name, parent=parent.name),
    }
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (docx / NARRATIVES / PHRASES).mkdir(exist_ok=True)
    except OSError as e:
        raise Rejected([_refused(folder, e)]) from e
    files = [p for p in parts(parent) if copy and p.kind in ("工作簿", "文本")]
    return [*texts, *(_copied(part, shelf, name) for part in files)]


def copy_parts(profile: Profile, wanted: Sequence[str], shelf: Shelf) -> list[Path]:
    """Copy files that the 版式 inherits into its own folders in `shelf`, to be edited there.

    `wanted` are names as `parts` gives them, with or without suffix. Rejected where there is no such file, or one of
    its own is there already.
    """
    chosen = [_chosen(profile, name) for name in wanted]
    there = [t for p in chosen if (t := _target(p, shelf, profile.name)).exists()]
    if there:
        raise Rejected(_issue("已经有自己的这个文件。", "直接改它；要重新取一份，先把它移走。", p) for p in there)
    return [_copied(part, shelf, profile.name) for part in chosen]


def _check_name(name: str, parent: Profile, shelf: Shelf) -> None:
    if not _NAME.fullmatch(name) or _RESERVED.fullmatch(name):
        mend = "用字母、数字、汉字、- 和 _，不超过 40 个字，如 benshi。"
        raise Rejected([_issue(f"“{name}”不能作版式的名称。", mend)])
    places = (shelf.profile(name), shelf.file(XLSX, name), shelf.file(DOCX, name))
    there = [p for p in places if p.exists()]
    if there:
        raise Rejected(_issue("已经有这个文件或文件夹，没有改动。", "换个名称，或先移走它。", p) for p in there)
    if name == parent.name:
        raise Rejected([_issue(f"“{name}”不能继承自己。", "换个名称。")])


def _chosen(profile: Profile, name: str) -> Part:
    known = parts(profile)
    name = name.replace("\\", "/")
    for suffix in ("", SECTION_SUFFIX, ".j2"):
        for part in known:
            if name in (part.name.removesuffix(suffix), part.name.removesuffix(suffix).removeprefix(f"{PHRASES}/")):
                return part
    mend = f"用 budgetgen template list {profile.name} 看有哪些文件。"
    near = near_miss(name, [p.name.removeprefix(f"{PHRASES}/").partition(".")[0] for p in known])
    raise Rejected([_issue(f"版式“{profile.name}”没有“{name}”这个文件{near or '。'}", mend)])


def _target(part: Part, shelf: Shelf, name: str) -> Path:
    """Where the 版式 `name` keeps its own file of that kind."""
    match part.kind:
        case "工作簿":
            return shelf.file(XLSX, name, part.name)
        case "文本":
            return shelf.file(DOCX, name, part.name)
        case "名词解释":
            return shelf.glossary(name)
        case _:
            return shelf.file(DOCX, name, NARRATIVES, *part.name.split("/"))


def _copied(part: Part, shelf: Shelf, name: str) -> Path:
    target = _target(part, shelf, name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(part.path, target)
    except OSError as e:
        raise Rejected([_refused(target, e)]) from e
    return target


def _refused(path: Path, error: OSError) -> Issue:
    return _issue(f"写不进去：{error.strerror or error}。", "检查权限，或用 -o 指定另一个文件夹。", path)


def _issue(cause: str, mend: str, path: Path | None = None) -> Issue:
    return Issue("PROFILE-008", Level.ERROR, cause, mend, place=SourceRef(str(path)) if path else None)


def _settings(name: str, parent: Profile) -> str:
    return f"""\
# 版式 {name}。只写程序要读的几项；用词、格式、栏目都在 xlsx、docx 两个文件夹里。
中文名: {name}
继承: {parent.name}

# 数据文件没有写“版式”时用它：
# 默认: true

# 把某条检查规则改成 关闭、提示、警告 或 错误：
# 规则:
#   WITHIN-002: 警告
"""


_SETTINGS_NOTE = """\
{{# 版式 {name} 的用词、数字格式和取舍。只改等号后面的值；不改的行可以删去，删去的就用 {parent} 的。 #}}

"""
_XLSX_NOTE = """\
这里放版式“{name}”自己的 公开表.xlsx（九张表）、绩效自评表.xlsx（第五部分的表）。没有，就用“{parent}”的。

要改栏目、行、边框，先取一份来再改：
    budgetgen template copy {name} 公开表.xlsx
改完检查：
    budgetgen template check {name}
"""
_DOCX_NOTE = """\
这里放版式“{name}”自己的文件。没有的，都用“{parent}”的。

    决算公开.docx            封面、目录、各部分的次序、字体字号
    绩效自评.docx            单独的绩效自评报告
    说明/设置.j2             用词、数字格式（已经放好，改里面的值）
    说明/收入.md.j2 等        一节一个文件
    说明/短语/占比.j2 等      几节公用的说法，一个一个文件

有哪些文件、现在用的是谁的：
    budgetgen template list {name}
要改哪个，先取一份来再改：
    budgetgen template copy {name} 收入.md.j2
改完检查：
    budgetgen template check {name}
"""
