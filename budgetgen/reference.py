"""Every file that is generated from declarations, names and rules: `python -m budgetgen.reference` writes them all anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from budgetgen import resources
from budgetgen.check.book import rulebook
from budgetgen.check.rules_page import rules_page
from budgetgen.form.layout import guide_text
from budgetgen.layout import read_profile
from budgetgen.model.schema import schema_text
from budgetgen.packet.names import as_markdown

GENERATED: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "config/unit.schema.json": schema_text,
        "docs/填报指南.md": guide_text,
        "docs/名称表.md": lambda: as_markdown(read_profile()),
        "docs/勾稽规则.md": lambda: rules_page(rulebook()),
    }
)
"""Each file's path below the project's folder → what it holds."""


def write_all(folder: Path) -> list[Path]:
    """Write every generated file below `folder`; those whose content changed."""
    changed: list[Path] = []
    for name, text in GENERATED.items():
        path, data = folder / name, text().encode()
        if not path.is_file() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            changed.append(path)
    return changed


if __name__ == "__main__":
    for changed_file in write_all(resources.root()):
        print(changed_file)
