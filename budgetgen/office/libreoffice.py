"""LibreOffice, where it is installed: one call that converts any number of files, and the PDFs of a packet."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from html import unescape
from pathlib import Path

from budgetgen.issues import Issue, Level, SourceRef, refusal
from budgetgen.office.files import placed
from budgetgen.office.package import Damaged, Package

PROGRAMS = ("soffice", "libreoffice")
START_SECONDS, SECONDS_PER_FILE = 90, 30
"""How long the first start of LibreOffice and then each file may take before it is given up."""
MOST_FILES = 50
"""How many paths one command line surely holds on every system."""


_SETTINGS = """\
<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Common/Filter/PDF/Export"><prop oor:name="UseTaggedPDF" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>zh-CN</value></prop></item>
<item oor:path="/org.openoffice.Office.Linguistic/General"><prop oor:name="DefaultLocale" oor:op="fuse"><value>zh-CN</value></prop></item>
<item oor:path="/org.openoffice.Office.Linguistic/General"><prop oor:name="DefaultLocale_CJK" oor:op="fuse"><value>zh-CN</value></prop></item>
</oor:items>
"""
"""PDFs tell screen readers their headings, tables and language; by settings, for one call converts texts and worksheets alike."""
FONTS = {
    "方正小标宋简体": ("FZXBSJW", "FZXIAOBIAOSONG"),
    "仿宋_GB2312": ("FANGSONG_GB2312",),
    "楷体_GB2312": ("KAITI_GB2312",),
    "黑体": ("SIMHEI",),
    "宋体": ("SIMSUN", "NSIMSUN"),
}
"""The fonts that GB/T 9704 asks for and tables are set in → how their names begin in a PDF, in capitals."""
_NAMES = ("word/styles.xml", "xl/styles.xml")
"""The parts that name the fonts of a document and of a workbook."""
_BASE_FONT = re.compile(rb"/BaseFont\s*/(?:[A-Z]{6}\+)?([^\s/<>\[\]()]+)")
_CODE = re.compile(rb"#([0-9A-Fa-f]{2})")


def find_office() -> str:
    """LibreOffice's program: on the PATH, else in the usual places; blank where there is none."""
    on_path = (found for name in PROGRAMS if (found := shutil.which(name)))
    usual = (str(place) for place in _usual_places() if place.is_file())
    return next(on_path, "") or next(usual, "")


def _usual_places() -> Iterator[Path]:
    if sys.platform == "win32":
        for variable in ("ProgramW6432", "ProgramFiles", "ProgramFiles(x86)"):
            if folder := os.environ.get(variable):
                yield Path(folder, "LibreOffice", "program", "soffice.exe")
    elif sys.platform == "darwin":
        for root in (Path("/Applications"), Path.home() / "Applications"):
            yield root / "LibreOffice.app" / "Contents" / "MacOS" / "soffice"
    else:
        yield from (Path(folder, "soffice") for folder in ("/usr/bin", "/usr/local/bin", "/snap/bin"))
        yield from sorted(Path("/opt").glob("libreoffice*/program/soffice"), reverse=True)


def convert(program: str, kind: str, files: Sequence[Path], folder: Path, timeout: float = 0) -> str:
    """Convert `files` to `kind`, as `--convert-to` names it, into `folder`; a word on why it failed, if it did.

    `timeout` is in seconds, by default what the number of files needs.
    """
    with tempfile.TemporaryDirectory(prefix="budgetgen-", ignore_cleanup_errors=True) as scratch:
        # A user profile of its own: a LibreOffice that is open on the desk would take the call and do nothing.
        profile = Path(scratch, "user")
        settings = profile / "user" / "registrymodifications.xcu"
        settings.parent.mkdir(parents=True)
        settings.write_text(_SETTINGS, encoding="utf-8")
        command = [
            program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore",
            "--nolockcheck", "--convert-to", kind, "--outdir", str(folder), *(str(f.resolve()) for f in files),
        ]  # fmt: skip
        return _run(command, timeout or START_SECONDS + SECONDS_PER_FILE * len(files))


def _run(command: list[str], timeout: float) -> str:
    """Run LibreOffice to its end; a word on why it failed, if it did."""
    quiet = subprocess.DEVNULL
    try:
        process = subprocess.Popen(  # noqa: S603 - a fixed program with paths for arguments, no shell
            command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        )
    except OSError as e:
        return f"（不能启动：{refusal(e)}）"
    try:
        code = process.wait(timeout)
    except subprocess.TimeoutExpired:
        _end(process)
        return f"（{timeout:.0f} 秒没有做完，已停止）"
    except BaseException:
        _end(process)
        raise
    return f"（退出码 {code}）" if code else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """End LibreOffice: its starter and the program that this has started."""
    with suppress(OSError):
        if sys.platform == "win32":
            taskkill = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
            subprocess.run(taskkill, capture_output=True, check=False)  # noqa: S603 - a system program
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def to_pdf(files: Sequence[Path], timeout: float = 0) -> tuple[tuple[Path, ...], tuple[Issue, ...]]:
    """Each of `files` as a PDF beside it, moved into place whole; a warning for each that could not be made.

    `timeout` is in seconds, by default what the number of files needs.
    """
    program = find_office()
    if not program:
        mend = "安装 LibreOffice（免费）后再生成一次，或用 Word、WPS 打开文件另存为 PDF。"
        return (), tuple(_missed(files, "没有找到 LibreOffice，没有生成 PDF；其他文件已写好。", mend))
    made: list[Path] = []
    missed: list[Issue] = []
    for some in _rounds(files):
        pdfs, trouble = _convert(program, some, timeout)
        made += pdfs
        lacking = [f for f in some if f.with_suffix(".pdf") not in pdfs]
        mend = "关掉打开着的同名 PDF 再生成一次，或用 Word、WPS 打开文件另存为 PDF。"
        missed += _missed(lacking, f"LibreOffice 没有转成 PDF{trouble}；其他文件已写好。", mend)
    return tuple(made), (*missed, *_other_fonts(files, made))


def _other_fonts(files: Sequence[Path], made: Sequence[Path]) -> Iterator[Issue]:
    """That PDFs show other fonts than their files ask for, because this computer lacks these."""
    asked = {f.with_suffix(".pdf"): _asked_fonts(f) for f in files}
    lacking: dict[str, None] = {}
    instead: set[str] = set()
    for pdf in made:
        shown = _shown_fonts(pdf)
        absent = [n for n in asked[pdf] if not any(s.upper().startswith(FONTS[n]) for s in shown)]
        lacking.update(dict.fromkeys(absent))
        if absent:
            known = tuple(start for starts in FONTS.values() for start in starts)
            instead |= {s for s in shown if not s.upper().startswith(known)}
    lacking_here = [name for name in FONTS if name in lacking and not _is_installed(name)]
    if instead and lacking_here:  # a font that a file names and never uses is in no PDF either
        cause = f"这台电脑没有 {'、'.join(lacking_here)}，PDF 里用 {'、'.join(sorted(instead))} 代替。"
        mend = "装上这些字体再生成一次，或在有字体的电脑上用 Word、WPS 另存为 PDF。Word、Excel 文件不受影响。"
        yield Issue("PDF-002", Level.WARNING, cause, mend, place=SourceRef(str(made[0])))


def _is_installed(font: str) -> bool:
    """Whether fontconfig knows a font; where there is none, nothing is known of it."""
    program = shutil.which("fc-list")
    if not program:
        return False
    found = subprocess.run([program, font, "family"], capture_output=True, check=False, timeout=START_SECONDS)  # noqa: S603 - a fixed program
    return bool(found.stdout.strip())


def _asked_fonts(file: Path) -> list[str]:
    """Those of FONTS that a document or workbook is set in."""
    with suppress(OSError, Damaged):
        package = Package(file.read_bytes())
        text = "".join(unescape(package.read(part).decode("utf-8", "replace")) for part in _NAMES if part in package)
        return [name for name in FONTS if name in text]
    return []


def _shown_fonts(pdf: Path) -> set[str]:
    """The names of the fonts in a PDF, as they are there."""
    try:
        found = _BASE_FONT.findall(pdf.read_bytes())
    except OSError:
        return set()
    plain = (_CODE.sub(lambda m: bytes.fromhex(m[1].decode()), name) for name in found)
    return {name.decode("utf-8", "replace").partition("-")[0] for name in plain}


def _rounds(files: Iterable[Path]) -> Iterator[list[Path]]:
    """The files of each call: as many as a command line holds, no two whose PDFs have one name."""
    left = list(files)
    while left:
        some: dict[str, Path] = {}
        for file in left:
            if len(some) < MOST_FILES:
                some.setdefault(file.stem, file)
        yield list(some.values())
        left = [f for f in left if f not in some.values()]


def _convert(program: str, files: Sequence[Path], timeout: float) -> tuple[list[Path], str]:
    """The PDFs that one call made and moved into place, and a word on what went wrong."""
    with tempfile.TemporaryDirectory(prefix="budgetgen-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        trouble = convert(program, "pdf", files, folder, timeout)
        places = {folder / f"{f.stem}.pdf": f.with_suffix(".pdf") for f in files}
        return [target for pdf, target in places.items() if pdf.is_file() and _placed(pdf, target)], trouble


def _placed(made: Path, target: Path) -> bool:
    """Move a finished PDF to its place, through the target's own folder so that it appears there whole."""
    try:
        with placed(target) as aside:
            shutil.copyfile(made, aside)
    except OSError:
        return False
    return True


def _missed(files: Iterable[Path], cause: str, mend: str) -> Iterator[Issue]:
    for file in files:
        pdf = file.with_suffix(".pdf")
        stale = "旁边的 PDF 是以前的，与这次写的文件可能不同。" if pdf.exists() else ""
        yield Issue("PDF-001", Level.WARNING, f"{cause}{stale}", mend, place=SourceRef(str(pdf)))
