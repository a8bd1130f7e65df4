"""Plants three errors in the text that the example of the 区委办 makes: `python plant.py 文件夹`."""

import sys
from pathlib import Path

from docx import Document
from docx.document import Document as Text


def put(document: Text, old: str, new: str) -> None:
    """Write `new` for `old` where it first stands, in the look that it has."""
    run = next(r for p in document.paragraphs for r in p.runs if old in r.text)
    run.text = run.text.replace(old, new, 1)


def plant(source: Path, target: Path) -> None:
    """A copy of the text with an error in a table, in a share and in a direction."""
    document = Document(str(source))
    row = next(r for r in document.tables[2].rows if r.cells[0].text == "2013102")
    row.cells[2].paragraphs[0].runs[0].text = "39.49"
    put(document, "占75.1%", "占57.1%")
    put(document, "决算数小于年初预算数", "决算数大于年初预算数")
    document.save(str(target))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for path in folder.glob("中共*决算公开.docx"):
        plant(path, folder / f"有错的-{path.name}")
