"""决算公开.html: the whole program in one page that opens by double click, without Python and without a network.

    python packaging/page.py [-o dist/决算公开.html] [--wheels DIR] [--runtime DIR]

needs node with npm, pip, `uv` and `zstandard` (`pip install uv zstandard`). It packs into the page
- Pyodide and fzstd, from npm (`--runtime`: a `node_modules` where they are already);
- Python's memory as it is once the program is imported and has built one unit: the page goes on from there;
- this repository's wheel, and Jinja2, openpyxl and et_xmlfile from the index of packages;
- lxml, PyYAML and MarkupSafe built for Pyodide: from `--wheels`, else from Pyodide's own distribution, held against the
  digests in its lock file;
- the front end of `budgetgen/web/page`, all in one, under a policy that lets nothing in and nothing out.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import json
import re
import shutil
import sys
import tempfile
import urllib.request
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import zstandard
from wheels import HERE, ROOT, NotMadeError, own_wheel, run

VERSION, FZSTD = "314.0.7", "0.1.1"
DISTRIBUTION = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
FRONT = ROOT / "budgetgen" / "web" / "page"
IN_PAGE = HERE / "in_page"
PURE = ("jinja2>=3.1.5", "openpyxl>=3.1", "et-xmlfile")
COMPILED = ("lxml", "pyyaml", "markupsafe")
MODULES = ("dom.js", "backend.js", "store.js", "issues.js", "sights.js", "page.js")
"""The front end's modules, each after those that it imports."""
WARMED = (
    "tianyuan-party-office/unit.yaml", "municipal-government-office/unit.yaml", "policy-research-office/unit.yaml",
    "performance-2020/unit.yaml",
)  # fmt: skip
"""One unit of each house: their templates come compiled."""
MOST = 15_000_000
STREAMED = ("fzstd.mjs", "pyodide.asm.wasm")
"""What browsers unpack by themselves: it unpacks the rest, or compiles meanwhile."""
FIRST = 0x4000
"""The character that stands for fifteen zeros."""
PATIENCE = 300.0
"""How long npm may take, in seconds."""
NOTICE = """\
budgetgen (MIT). Carries Pyodide {version} (MPL-2.0, https://github.com/pyodide/pyodide/tree/{version}), CPython (PSF-2.0),
lxml (BSD-3-Clause) with libxml2 and libxslt (MIT), Jinja2 and MarkupSafe (BSD-3-Clause), PyYAML, openpyxl, et_xmlfile and fzstd (MIT).
"""


def runtime(folder: Path) -> Path:
    """`node_modules` with Pyodide and fzstd from npm. NotMadeError: npm did not bring them in time."""
    folder.mkdir()
    wanted = (f"pyodide@{VERSION}", f"fzstd@{FZSTD}")
    run(
        "npm",
        "install",
        "--no-audit",
        "--no-fund",
        "--loglevel",
        "error",
        "--prefix",
        folder,
        *wanted,
        seconds=PATIENCE,
    )
    return folder / "node_modules"


def gather_wheels(folder: Path, given: Path | None, lock: Mapping[str, Any]) -> None:
    """All wheels that go into the page; `lock` is Pyodide's own list of its packages."""
    own_wheel(folder)
    run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "-d", folder, *PURE)
    if given:
        for wheel in given.glob("*.whl"):
            shutil.copy(wheel, folder)
    else:
        for name in COMPILED:
            _download(lock["packages"][name]["file_name"], lock["packages"][name]["sha256"], folder)
    names = {wheel.name.partition("-")[0].lower() for wheel in folder.glob("*.whl")}
    if lacking := sorted({*COMPILED, "budgetgen", "jinja2", "openpyxl", "et_xmlfile"} - names):
        raise NotMadeError(f"no wheel of {', '.join(lacking)}")


def _download(name: str, digest: str, folder: Path) -> None:
    try:
        with urllib.request.urlopen(DISTRIBUTION + name, timeout=60) as answer:
            data = answer.read()
    except OSError as e:
        raise NotMadeError(f"{DISTRIBUTION}{name}: {e}; give the wheels by --wheels") from e
    if hashlib.sha256(data).hexdigest() != digest:
        raise NotMadeError(f"{name} is not the one that the lock file names")
    (folder / name).write_bytes(data)


def modules_in_one() -> str:
    """The front end's modules as one, in which no name stands twice."""
    texts = ((FRONT / name).read_text(encoding="utf-8") for name in MODULES)
    without_imports = (re.sub(r'^import .* from "\./\w+\.js";\n', "", text, flags=re.MULTILINE) for text in texts)
    return "\n".join(re.sub(r"^export ", "", text, flags=re.MULTILINE) for text in without_imports)


def policy(scripts: list[str], style: str) -> str:
    """What the page may do: run these scripts and its worker, wear this style, and nothing else."""
    hashes = " ".join(f"'{_digest(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes} 'wasm-unsafe-eval' blob:; worker-src blob:; style-src '{_digest(style)}'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def parts(folder: Path) -> Iterator[str]:
    """The parts, packed, as scripts that no browser runs."""
    for path in sorted(folder.iterdir()):
        if path.suffix != ".json":
            raw = path.read_bytes()
            data = (
                gzip.compress(raw, mtime=0)
                if path.name in STREAMED
                else zstandard.ZstdCompressor(level=19).compress(raw)
            )
            print(f"{path.name:50} {len(raw):11,} packed {len(data):10,}")
            yield f'<script type="text/plain" class="part" id="{path.name}" data-length="{len(data)}">{as_text(data)}</script>\n'


def as_text(data: bytes) -> str:
    """Bytes as characters of 15 bits each, from 䀀 on: in UTF-16 they take 16 bits, where base64 takes a third more than there is."""
    step = 15  # bytes, which are eight characters
    padded = data + bytes(-len(data) % step)
    found = array("H")
    for at in range(0, len(padded), step):
        number = int.from_bytes(padded[at : at + step])
        found.extend(FIRST + (number >> shift & 0x7FFF) for shift in range(105, -1, -15))
    if sys.byteorder == "big":
        found.byteswap()
    return found.tobytes().decode("utf-16-le")


def in_one(packed: Path, lock: Mapping[str, Any]) -> str:
    """The page."""
    style, old, script = (
        (FRONT / "style.css").read_text("utf-8"),
        (FRONT / "old.js").read_text("utf-8"),
        modules_in_one(),
    )
    told = json.dumps({"info": lock["info"], "packages": {}})
    started, worker = ((IN_PAGE / name).read_text("utf-8") for name in ("started.js", "worker.js"))
    worker = worker.replace("/*LOCK*/null", told).replace("/*KEPT*/null", (packed / "kept.json").read_text("utf-8"))
    worker = re.sub("^export ", "", started, flags=re.MULTILINE) + worker
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy([old, script], style)}">'
    changes = {
        '<meta charset="utf-8">': f'<meta charset="utf-8">\n{head}\n<!--\n{NOTICE.format(version=VERSION)}-->',
        '<link rel="stylesheet" href="style.css">': f"<style>{style}</style>",
        '<script src="old.js"></script>\n': f'<script type="text/plain" id="worker">{worker}</script>\n'
        + "".join(parts(packed))
        + f"<script>{old}</script>\n",
        '<script type="module" src="page.js"></script>': f'<script type="module">{script}</script>',
    }
    page = (FRONT / "index.html").read_text("utf-8")
    for before, after in changes.items():
        if page.count(before) != 1 or "</script" in old + script + worker:
            raise NotMadeError(f"the front end has no place for {before}")
        page = page.replace(before, after)
    return page


def make(target: Path, wheels: Path | None = None, modules: Path | None = None) -> None:
    """Write the page, in UTF-16: what it carries takes the least room so."""
    with tempfile.TemporaryDirectory(prefix="budgetgen-page-") as scratch:
        work = Path(scratch)
        modules = modules or runtime(work / "npm")
        lock = json.loads((modules / "pyodide" / "pyodide-lock.json").read_text(encoding="utf-8"))
        for folder in (wheels_folder := work / "wheels", packed := work / "parts"):
            folder.mkdir()
        gather_wheels(wheels_folder, wheels, lock)
        packer = (
            IN_PAGE / "pack.mjs",
            modules / "pyodide",
            modules / "fzstd",
            wheels_folder,
            ROOT / "examples",
            packed,
        )
        run("node", *packer, *WARMED)
        page = ("\ufeff" + in_one(packed, lock)).encode("utf-16-le")
    if len(page) > MOST:
        raise NotMadeError(f"the page has {len(page)} bytes, more than {MOST}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(page)
    print(f"{target}  {len(page) / 1e6:.1f} MB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "dist" / "决算公开.html")
    parser.add_argument("--wheels", type=Path, help="a folder with lxml, PyYAML and MarkupSafe for Pyodide")
    parser.add_argument("--runtime", type=Path, help="a node_modules that has Pyodide and fzstd")
    chosen = parser.parse_args()
    try:
        make(chosen.out, chosen.wheels, chosen.runtime)
    except NotMadeError as e:
        sys.exit(str(e))
