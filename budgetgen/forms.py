"""Forms to fill in, and the same input in another form: what `budgetgen new` and `budgetgen convert` do."""

from __future__ import annotations

from pathlib import Path

from budgetgen.input import Rule, load
from budgetgen.input.workbook.writer import write_form_book
from budgetgen.input.yaml_writer import SCHEMA, blank_yaml, write_yaml
from budgetgen.issues import Issue, Level, Rejected, SourceRef
from budgetgen.model import Loaded
from budgetgen.model.schema import schema_text
from budgetgen.output import write_files
from budgetgen.profiles import profile_names, read_profile, shelves

FORM, YAML = "填报表.xlsx", "unit.yaml"
_YAML_ENDINGS = (".yaml", ".yml")


def new(folder: Path, *, profile: str = "", yaml: bool = False) -> list[Path]:
    """Write an empty 填报表.xlsx to `folder`, or with `yaml` a commented unit.yaml and its schema.

    Rejected where there is no such 版式, where a file of that name is there already, or where the system refuses.
    """
    places = shelves(beside=folder)
    chosen = read_profile(profile, places).name
    files = {FORM: write_form_book(None, profile_names(places), profile=chosen)}
    if yaml:
        files = {YAML: blank_yaml(chosen).encode(), SCHEMA: schema_text().encode()}
    taken = [name for name in files if (folder / name).exists()]
    if taken:
        raise Rejected(
            [_refusal(f"这里已经有 {taken[0]}，没有改动它。", "换一个文件夹，或先把它改名。", folder / taken[0])]
        )
    return write_files(folder, files, lambda _name, _data: ())


def convert(source: Path, target: Path) -> tuple[Path, Loaded]:
    """Write the input `source` as `target`: a 填报表 by the ending .xlsx, YAML by .yaml.

    Gives the file and what was read. Rejected where `source` is faulty or `target` cannot be written.
    """
    ending = target.suffix.lower()
    if ending != ".xlsx" and ending not in _YAML_ENDINGS:
        raise Rejected([_refusal(f"不会写 {target.name} 这种文件。", "文件名以 .xlsx 或 .yaml 结尾。", target)])
    if target.exists() and source.exists() and target.samefile(source):
        raise Rejected([_refusal("要写的就是读的文件。", "换一个文件名。", target)])
    loaded = load(source)
    names = profile_names(shelves(beside=source.parent))
    data = write_yaml(loaded.accounts).encode() if ending in _YAML_ENDINGS else write_form_book(loaded.accounts, names)
    return write_files(target.parent, {target.name: data}, lambda _name, _data: ())[0], loaded


def _refusal(cause: str, mend: str, path: Path) -> Issue:
    return Issue(Rule.FILE_KIND.code, Level.ERROR, cause, mend, place=SourceRef(str(path)))
