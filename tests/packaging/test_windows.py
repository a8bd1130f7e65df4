"""budgetgen-windows.zip under Wine: what an accountant does with it, and the same parts as here.

`python packaging/windows.py` makes it in dist/, or in a folder that `BUDGETGEN_DIST` then names.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from budgetgen.pipeline import build
from budgetgen.reading import load

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "tianyuan-party-office" / "unit.yaml"
EVERYTHING = (ROOT / "tests" / "cases" / "everything.yaml").read_text(encoding="utf-8")
WINE = shutil.which("wine64", path=os.pathsep.join(("/usr/lib/wine", os.environ.get("PATH", ""))))
ZIP = Path(os.environ.get("BUDGETGEN_DIST", ROOT / "dist")) / "budgetgen-windows.zip"
HOLD = """\
import ctypes, sys
open_file = ctypes.windll.kernel32.CreateFileW
open_file.restype = ctypes.c_void_p
for path in sys.argv[1:]:
    open_file(path, 0xC0000000, 1, None, 3, 0, None)  # others may read it, as Excel and Word allow
print("held", flush=True)
sys.stdin.read()
"""

pytestmark = [
    pytest.mark.outside,
    pytest.mark.skipif(not WINE, reason="Wine is not installed"),
    pytest.mark.skipif(not ZIP.is_file(), reason="packaging/windows.py was not run"),
]


class Windows:
    """The unzipped folder, and a Windows to run it in."""

    def __init__(self, place: Path) -> None:
        self.folder = place / "budgetgen-windows"
        self.environment = {**os.environ, "WINEPREFIX": str(place / "wine"), "WINEDEBUG": "-all"}
        for name in [n for n in self.environment if n.startswith(("PYTHON", "BUDGETGEN"))]:
            del self.environment[name]
        with zipfile.ZipFile(ZIP) as package:
            package.extractall(place)
        subprocess.run(
            [str(WINE), "wineboot.exe", "-i"], env=self.environment, capture_output=True, timeout=300, check=False
        )

    def start(self, program: str, *arguments: str, at: Path, **more: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [str(WINE), *program.split(), *arguments], cwd=at, env=self.environment | more,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, *arguments: str, at: Path) -> tuple[int, str]:
        """`budgetgen.cmd …` as started by a double click, a drop or a command line in a folder; exit code and what it said."""
        with self.start("cmd /c", dos(self.folder / "budgetgen.cmd"), *arguments, at=at) as running:
            said = running.communicate(timeout=600)[0].decode("utf-8").replace("\r\n", "\n")
        assert "Traceback" not in said, said
        return running.returncode, said

    def python(self, *arguments: str, at: Path, **more: str) -> subprocess.Popen[bytes]:
        return self.start(dos(self.folder / "python" / "python.exe"), *arguments, at=at, **more)

    def workers(self) -> list[int]:
        """Its processes that the batch started, as Linux counts them."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = process.joinpath("cmdline").read_bytes()
                inside = self.environment["WINEPREFIX"].encode() in process.joinpath("environ").read_bytes()
            except OSError:
                continue
            if inside and (b"batch.worker" in words or b"multiprocessing" in words):
                found.append(int(process.name))
        return found


def dos(path: Path) -> str:
    return "Z:" + str(path).replace("/", "\\")


def parts(folder: Path) -> dict[str, dict[str, bytes]]:
    """Each file of a packet, part by part."""
    found = {}
    for path in sorted(folder.iterdir()):
        with zipfile.ZipFile(path) as package:
            found[path.name] = {name: package.read(name) for name in package.namelist()}
    assert found
    return found


def here(source: Path, folder: Path) -> dict[str, dict[str, bytes]]:
    """The same input's packet, built by this Python."""
    return parts(build(source, folder).files[0].parent)


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windows]:
    made = Windows(tmp_path_factory.mktemp("windows"))
    yield made
    subprocess.run(
        ["/usr/lib/wine/wineserver64", "-k"], env=made.environment, capture_output=True, timeout=60, check=False
    )


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    return Path(shutil.copy(EXAMPLE, tmp_path / "unit.yaml"))


def test_a_double_click_gives_a_blank_form_once(windows: Windows, tmp_path: Path) -> None:
    code, said = windows.run(at=tmp_path)
    assert code == 0, said
    assert "已写出" in said
    form = tmp_path / "填报表.xlsx"
    blank = form.read_bytes()
    form.write_bytes(blank + b"\0")
    code, said = windows.run(at=tmp_path)
    assert (code, "已有" in said) == (0, True), said
    assert form.read_bytes() == blank + b"\0"


def test_what_is_dropped_becomes_the_packet_that_is_built_here(windows: Windows, unit: Path) -> None:
    at = unit.parent
    code, said = windows.run("convert", "unit.yaml", "form.xlsx", at=at)
    assert code == 0, said
    assert load(at / "form.xlsx").accounts == load(unit).accounts
    for name in ("yaml", "form"):
        (at / name).mkdir()
    forms = [unit.rename(at / "yaml" / "unit.yaml"), (at / "form.xlsx").rename(at / "form" / "填报表.xlsx")]
    code, said = windows.run(*map(dos, forms), at=at)
    assert code == 0, said
    for form in forms:
        (made,) = [p for p in form.parent.iterdir() if p.is_dir()]
        assert parts(made) == here(form, at / "here" / form.parent.name)


def test_what_is_wrong_is_told_with_its_line(windows: Windows, tmp_path: Path) -> None:
    (tmp_path / "unit.yaml").write_text(EVERYTHING.replace("30101: 900000", "30101: 9万"), encoding="utf-8")
    code, said = windows.run("check", "unit.yaml", at=tmp_path)
    assert code == 1
    assert "“9万”带了单位" in said
    assert "unit.yaml:" in said


def test_a_batch_with_a_bad_unit_and_a_killed_worker(windows: Windows, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    names = "甲乙丙丁"
    for name in names:
        (tmp_path / "in" / f"{name}.yaml").write_text(EVERYTHING.replace("某市某局", f"某市{name}局"), encoding="utf-8")
    (tmp_path / "in" / "戊.yaml").write_text("单位: {名称: 戊局}\n年度: [\n", encoding="utf-8")
    with windows.start(
        "cmd /c", dos(windows.folder / "budgetgen.cmd"), "batch", "in", "-o", "out", "--jobs", "2", at=tmp_path
    ) as running:
        until = time.monotonic() + 300
        while not (killed := windows.workers()) and time.monotonic() < until:
            time.sleep(0.1)
        assert killed, "no worker was started"
        os.kill(killed[0], signal.SIGKILL)
        said = running.communicate(timeout=600)[0].decode("utf-8")
    assert "Traceback" not in said, said
    assert running.returncode == 1, said
    told = [json.loads(line) for line in (tmp_path / "out" / "outcomes.jsonl").read_text(encoding="utf-8").splitlines()]
    ended = {Path(t["数据文件"].replace("\\", "/")).stem: t["结果"] for t in told}
    assert ended.pop("戊") == "未生成"
    assert set(ended) == set(names)
    assert list(ended.values()).count("成品") >= 3, told
    for name in [n for n in names if ended[n] == "成品"]:
        built = parts(tmp_path / "out" / f"某市{name}局-2024")
        assert built == here(tmp_path / "in" / f"{name}.yaml", tmp_path / "here" / name)


def test_a_target_that_is_open_in_another_program_is_told(windows: Windows, tmp_path: Path) -> None:
    (tmp_path / "unit.yaml").write_text(EVERYTHING, encoding="utf-8")
    code, said = windows.run("build", "unit.yaml", "-o", "out", at=tmp_path)
    assert code == 0, said
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    (tmp_path / "hold.py").write_text(HOLD, encoding="utf-8")
    with windows.python("hold.py", *(f"out\\{name}" for name in before), at=tmp_path) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"held"
        code, said = windows.run("build", "unit.yaml", "-o", "out", at=tmp_path)
        holder.communicate(b"")
    assert (code, "OUTPUT-" in said) == (1, True), said
    assert "打开" in said
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == before


def test_a_folder_whose_path_is_long(windows: Windows, tmp_path: Path) -> None:
    deep = tmp_path
    while len(str(deep)) < 200:
        deep = deep / "各单位报来的数据文件夹"[: max(1, 199 - len(str(deep)))]
    deep.mkdir(parents=True)
    (deep / "unit.yaml").write_text(EVERYTHING, encoding="utf-8")
    code, said = windows.run("build", "unit.yaml", at=deep)
    assert code == 0, said
    (made,) = [p for p in deep.iterdir() if p.is_dir()]
    assert parts(made) == here(deep / "unit.yaml", tmp_path / "here")


def test_a_machine_of_code_page_936(windows: Windows, tmp_path: Path) -> None:
    """Without the start script, whose Python speaks UTF-8 everywhere: what is piped is GBK, and every name is right."""
    localedef = shutil.which("localedef")
    locale = tmp_path / "locale" / "zh_CN.UTF-8"
    locale.parent.mkdir()
    if not localedef or subprocess.run([localedef, "-i", "zh_CN", "-f", "UTF-8", locale], check=False).returncode:
        pytest.skip("no Chinese locale can be made (package locales), by which Wine takes its code page")
    (tmp_path / "单位.yaml").write_text(EVERYTHING, encoding="utf-8")
    subprocess.run(["/usr/lib/wine/wineserver64", "-w"], env=windows.environment, timeout=60, check=False)
    told = {}
    for name, arguments in (
        ("page", ["-c", "import locale; print(locale.getencoding())"]),
        ("build", ["-m", "budgetgen", "build", "单位.yaml", "-o", "结果"]),
    ):
        chinese = {"LOCPATH": str(locale.parent), "LC_ALL": "zh_CN.UTF-8"}
        with windows.python(*arguments, at=tmp_path, **chinese) as running:
            told[name] = running.communicate(timeout=600)[0].decode("gbk")
        assert running.returncode == 0, told
    assert told["page"].strip() == "cp936"
    assert "已写出 结果\\某市某局2024年度公开表.xlsx" in told["build"]
    assert parts(tmp_path / "结果") == here(tmp_path / "单位.yaml", tmp_path / "here")
