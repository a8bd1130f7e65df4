"""budgetgen-linux-ARCH.tar.gz: a folder that runs where there is a Python but no network, made on any Linux.

    python packaging/linux.py [x86_64 | aarch64] [-o FOLDER]

needs pip, `uv` (`pip install uv`) and an index of packages. What the folder holds:

    budgetgen-linux-x86_64/
      budgetgen       double click or `./budgetgen`: a blank 填报表; `./budgetgen 填报表.xlsx`: the packet; or a command line
      README.txt
      start.py
      wheels/         of budgetgen and what it needs, for CPython 3.11 to 3.14; pip takes them too (`--no-index --find-links`)

At its first start `budgetgen` unpacks the wheels that fit its Python beside them, or where the folder can't be written into
the user's cache: neither pip nor venv is asked for, which Debian and its kin leave out.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tarfile
import tempfile
from pathlib import Path

from wheels import HERE, ROOT, NotMadeError, own_wheel, run

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
GLIBC = (17, 24, 26, 27, 28)
"""manylinux_2_x that a machine of glibc 2.28 (Kylin V10, UOS 20) takes, the oldest first."""
LAUNCHER = """\
#!/bin/sh
# The newest Python that the wheels are for.
here=$(dirname "$(readlink -f "$0")")
for python in "${BUDGETGEN_PYTHON:-}" python3.14 python3.13 python3.12 python3.11 python3; do
  [ -n "$python" ] && command -v "$python" >/dev/null 2>&1 || continue
  if "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; then
    exec "$python" -X utf8 -P "$here/start.py" "$@"
  fi
done
echo "没有找到 Python 3.11 到 3.14：请装上其中一种，或把 BUDGETGEN_PYTHON 设为它的位置。" >&2
exit 2
"""
UNPACK = '''
def site() -> str:
    """The wheels that fit this Python, unpacked once."""
    here, version = Path(__file__).resolve().parent, f"cp{sys.version_info[0]}{sys.version_info[1]}"
    fitting = [w for w in sorted((here / "wheels").glob("*.whl")) if fits(w.stem.split("-")[2:], version)]
    stamp = hashlib.sha256("".join(w.name + str(w.stat().st_size) for w in fitting).encode()).hexdigest()[:12]
    places = [here, Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "budgetgen"]
    for place in places:
        if (place / f"site-{version}-{stamp}").is_dir():
            return str(place / f"site-{version}-{stamp}")
    for place in places:
        target = place / f"site-{version}-{stamp}"
        try:
            place.mkdir(parents=True, exist_ok=True)
            aside = Path(tempfile.mkdtemp(dir=place))
        except OSError:
            continue
        for wheel in fitting:
            zipfile.ZipFile(wheel).extractall(aside)
        aside.chmod(0o755)
        try:
            aside.rename(target)
        except OSError:  # another start was quicker
            shutil.rmtree(aside)
        return str(target)
    sys.exit("没有地方展开程序：这个文件夹和用户的缓存文件夹都不能写。")


def fits(tags: list[str], version: str) -> bool:
    """Whether a wheel of these tags (Python, ABI, platform) is for this Python."""
    *_, python, abi, _platform = tags
    return "py3" in python.split(".") or version in python.split(".") or (abi == "abi3" and python <= version)


sys.path.insert(0, site())
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (sys.path[0], os.environ.get("PYTHONPATH"))))  # for workers

'''


def wheels(folder: Path, machine: str) -> None:
    """Every wheel that one of PYTHONS needs on that machine."""
    with tempfile.TemporaryDirectory() as built:
        wheel = own_wheel(Path(built))
        tags = [f"manylinux_2_{minor}_{machine}" for minor in GLIBC] + [f"manylinux2014_{machine}"]
        platforms = [word for tag in tags for word in ("--platform", tag)]
        for version in PYTHONS:
            run(
                sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--implementation", "cp",
                "--python-version", version, *platforms, "-d", folder, wheel,
            )  # fmt: skip


def start() -> str:
    """start.py, with its packages unpacked before it asks for them."""
    text = (HERE / "start.py").read_text(encoding="utf-8")
    head, mark, tail = text.partition("from budgetgen import cli\n")
    needed = "".join(f"import {name}\n" for name in ("hashlib", "tempfile", "zipfile"))
    return head.replace("import contextlib\n", f"{needed}import contextlib\n") + UNPACK + mark + tail


def main() -> None:
    """The archive's name and size, or why there is none."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("machine", nargs="?", default=platform.machine(), choices=["x86_64", "aarch64"])
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "dist", metavar="FOLDER")
    given = parser.parse_args()
    name = f"budgetgen-linux-{given.machine}"
    target = given.out / f"{name}.tar.gz"
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / name
        folder.mkdir()
        try:
            wheels(folder / "wheels", given.machine)
        except NotMadeError as error:
            sys.exit(str(error))
        (folder / "start.py").write_text(start(), encoding="utf-8")
        (folder / "README.txt").write_bytes((HERE / "linux.txt").read_bytes())
        (folder / "budgetgen").write_text(LAUNCHER, encoding="utf-8")
        (folder / "budgetgen").chmod(0o755)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(target, "w:gz") as archive:
            archive.add(folder, name)
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
