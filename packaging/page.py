"""决算公开.html: the whole program in one page that opens by double click, without Python and without a network.

    python packaging/page.py [-o dist/决算公开.html] [--wheels DIR] [--runtime DIR]

needs node with npm, pip, `uv` (`pip install uv`). It packs into the page
- Pyodide, from npm (`--runtime`: where it is already);
- this repository's wheel, and Jinja2, openpyxl and et_xmlfile from the index of packages;
- lxml, PyYAML and MarkupSafe built for Pyodide: from `--wheels`, else from Pyodide's own distribution, held against the
  digests in its lock file;
- the front end of `budgetgen/web/page`, all in one, under a policy that lets nothing in and nothing out.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import shutil
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from wheels import HERE, ROOT, NotMadeError, own_wheel, run

VERSION = "314.0.7"
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
NOTICE = """\
budgetgen (MIT). Carries Pyodide {version} (MPL-2.0, https://github.com/pyodide/pyodide/tree/{version}), CPython (PSF-2.0),
lxml (BSD-3-Clause) with libxml2 and libxslt (MIT), Jinja2 and MarkupSafe (BSD-3-Clause), PyYAML, openpyxl and et_xmlfile (MIT).
"""


def runtime(folder: Path) -> Path:
    """Pyodide from npm, unpacked."""
    folder.mkdir()
    run("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, f"pyodide@{VERSION}")
    return folder / "node_modules" / "pyodide"


def gather_wheels(folder: Path, given: Path | None, pyodide: Path) -> None:
    """All wheels that go into the page."""
    own_wheel(folder)
    run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "-d", folder, *PURE)
    if given:
        for wheel in given.glob("*.whl"):
            shutil.copy(wheel, folder)
    else:
        told = json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
        for name in COMPILED:
            _download(told[name]["file_name"], told[name]["sha256"], folder)
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
    """The packed parts as scripts that no browser runs."""
    for path in sorted(folder.iterdir()):
        data = base64.b64encode(path.read_bytes()).decode()
        yield f'<script type="text/plain" class="part" id="{path.name}">{data}</script>\n'


def in_one(packed: Path, lock: dict[str, object]) -> str:
    """The page."""
    style, old, script = (
        (FRONT / "style.css").read_text("utf-8"),
        (FRONT / "old.js").read_text("utf-8"),
        modules_in_one(),
    )
    told = json.dumps({"info": lock["info"], "packages": {}})
    worker = (IN_PAGE / "worker.js").read_text("utf-8").replace("/*LOCK*/null", told)
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


def make(target: Path, wheels: Path | None = None, pyodide: Path | None = None) -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory(prefix="budgetgen-page-") as scratch:
        work = Path(scratch)
        pyodide = pyodide or runtime(work / "npm")
        (work / "wheels").mkdir()
        gather_wheels(work / "wheels", wheels, pyodide)
        run("node", IN_PAGE / "pack.mjs", pyodide, work / "wheels", ROOT / "examples", work / "parts", *WARMED)
        lock = json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))
        page = in_one(work / "parts", lock).encode()
    if len(page) > MOST:
        raise NotMadeError(f"the page has {len(page)} bytes, more than {MOST}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(page)
    print(f"{target}  {len(page) / 1e6:.1f} MB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "dist" / "决算公开.html")
    parser.add_argument("--wheels", type=Path, help="a folder with lxml, PyYAML and MarkupSafe for Pyodide")
    parser.add_argument("--runtime", type=Path, help="npm's pyodide, already unpacked")
    chosen = parser.parse_args()
    try:
        make(chosen.out, chosen.wheels, chosen.runtime)
    except NotMadeError as e:
        sys.exit(str(e))
