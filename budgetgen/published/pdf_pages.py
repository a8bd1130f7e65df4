"""A PDF page by page: its characters and its ruled lines, turned upright; read within bounds of time and memory.

Needs pdfplumber (`budgetgen[pdf]`), which is loaded when a PDF is read. What strangers send may be made to hurt: streams
that grow, objects that refer to themselves, thousands of pages. Sizes are bounded as they are unpacked, counts as they come,
and a watch ends the reading where it takes too long or too much memory.
"""

from __future__ import annotations

import ctypes
import logging
import sys
import threading
import time
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

from budgetgen.office.package import Damaged, TooLarge

MAX_PAGES = 600
MAX_STREAM, MAX_STREAMS = 64 * 2**20, 512 * 2**20
"""Bytes that one stream, and all streams of a file, may unpack to."""
MAX_CONTENT = 8 * 2**20
"""Bytes of drawing on one page; a page of a table has a hundredth."""
MAX_CHARS, MAX_EDGES = 40_000, 4_000
"""Characters and ruled lines of one page; one with more lines is read as text alone."""
MAX_SECONDS, PAGE_SECONDS, MAX_MEMORY = 90, 15, 512 * 2**20
"""Processor seconds that a file and each of its pages may take, and memory beyond what the program had."""
_LOOK = 0.2
_TURNED, _NOTHING = 0.1, 0.01
_LEAST, _SHARE = 2, 0.3
_PICTURE = 0.4
"""A picture that covers so much of a page without text is a scanned page."""
_THIN = 3.0


@dataclass(slots=True)
class Char:
    """One character and where it stands: points from the upper left corner of the page as it is read."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float

    @property
    def size(self) -> float:
        """Its height."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """The height of its middle: characters of several fonts in one line share it better than their feet."""
        return (self.top + self.bottom) / 2


@dataclass(slots=True)
class Page:
    """One page as it is read; `turn` is how its text runs on the sheet: 0 upright, 1 upwards, -1 downwards."""

    number: int
    width: float
    height: float
    chars: list[Char] = field(default_factory=list)
    edges: list[dict[str, Any]] = field(default_factory=list)
    pictured: bool = False
    turn: int = 0
    fault: str = ""

    def on_sheet(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """(x0, top, x1, bottom) of the page as read → on the sheet as it lies in the file."""
        x0, top, x1, bottom = box
        if self.turn > 0:
            return top, self.width - x1, bottom, self.width - x0
        if self.turn < 0:
            return self.height - bottom, x0, self.height - top, x1
        return box


class _Stop(BaseException):
    """The reading of a file ends here. No `Exception`: libraries go on after those."""


def pages_of(data: bytes, watch: Watch) -> Iterator[Page]:
    """The pages of a PDF in their order, each let go before the next; to be read within `bounded`, which gives the watch.

    Damaged: it is no PDF, is locked, or has too many pages. A page that can't be read has a `fault`.
    """
    import pdfplumber  # noqa: PLC0415 - few runs read a PDF
    from pdfminer.pdfdocument import PDFPasswordIncorrect  # noqa: PLC0415

    try:
        pdf = pdfplumber.open(BytesIO(data))
        sheets = pdf.pages
    except Exception as e:  # noqa: BLE001 - a damaged PDF raises anything
        if any(isinstance(a, PDFPasswordIncorrect) for a in e.args):
            raise Damaged("PDF 有打开密码") from None
        raise Damaged("文件坏了，不是完好的 PDF") from None
    if len(sheets) > MAX_PAGES:
        raise TooLarge(f"PDF 有 {len(sheets)} 页（上限 {MAX_PAGES} 页）")
    for number, sheet in enumerate(sheets, start=1):
        try:
            page = _page(sheet, number)
        except Exception as e:  # noqa: BLE001 - as above; the other pages are read
            page = Page(number, 0, 0, fault=str(e) if isinstance(e, Damaged) else "坏了")
        sheet.close()
        watch.next_page()
        yield page


def _page(sheet: Any, number: int) -> Page:
    content = sum(len(_bytes(stream)) for stream in sheet.page_obj.contents)
    if content > MAX_CONTENT:
        raise TooLarge("内容太多")
    layout = sheet.layout
    page = Page(number, layout.width, layout.height)
    chars: list[tuple[Char, int | None]] = []
    pictures = 0.0
    for item, kind in _items(layout):
        if kind == "LTChar":
            chars.append((_char(item, page.height), _direction(item.matrix)))
            if len(chars) > MAX_CHARS:
                raise TooLarge("字太多")
        elif kind == "LTImage":
            pictures += item.width * item.height
        elif len(page.edges) <= MAX_EDGES:
            page.edges += _edges(item, kind, page.height)
    if len(page.edges) > MAX_EDGES:
        page.edges = []
    page.chars, page.turn = _upright(chars, page)
    page.pictured = pictures > _PICTURE * page.width * page.height
    return page


def _bytes(stream: Any) -> bytes:
    from pdfminer.pdftypes import stream_value  # noqa: PLC0415

    return bytes(stream_value(stream).get_data())


def _items(container: Any) -> Iterator[tuple[Any, str]]:
    """The things on a page with their kinds, those inside of figures as well."""
    left = [iter(container)]
    while left:
        item = next(left[-1], None)
        if item is None:
            left.pop()
            continue
        kind = type(item).__name__
        if kind == "LTFigure":
            left.append(iter(item))
        else:
            yield item, kind


def _char(item: Any, height: float) -> Char:
    return Char(item.get_text(), item.x0, height - item.y1, item.x1, height - item.y0)


def _direction(matrix: tuple[float, ...]) -> int | None:
    """How a character lies: 0 upright, 1 running upwards, -1 downwards; None aslant or upside down (a watermark)."""
    a, b = matrix[0], matrix[1]
    if abs(b) <= _TURNED * abs(a):
        return 0 if a > 0 else None
    if abs(a) <= _TURNED * abs(b):
        return 1 if b > 0 else -1
    return None


def _upright(chars: list[tuple[Char, int | None]], page: Page) -> tuple[list[Char], int]:
    """The characters that run as most of the page do, with the page turned so that they are upright."""
    count = {turn: sum(1 for c, t in chars if t == turn and not c.text.isspace()) for turn in (0, 1, -1)}
    turn = max(count, key=lambda t: count[t])
    kept = [c for c, t in chars if t == turn and min(c.x1 - c.x0, c.size) > _NOTHING]
    if not turn:
        return kept, 0
    width, height = page.width, page.height
    for c in kept:
        c.x0, c.top, c.x1, c.bottom = _turned((c.x0, c.top, c.x1, c.bottom), turn, width, height)
    for e in page.edges:
        e["x0"], e["top"], e["x1"], e["bottom"] = _turned(
            (e["x0"], e["top"], e["x1"], e["bottom"]), turn, width, height
        )
        e["orientation"] = "h" if e["orientation"] == "v" else "v"
    page.width, page.height = height, width
    return kept, turn


def _turned(
    box: tuple[float, float, float, float], turn: int, width: float, height: float
) -> tuple[float, float, float, float]:
    x0, top, x1, bottom = box
    if turn > 0:
        return height - bottom, x0, height - top, x1
    return top, width - x1, bottom, width - x0


# ------------------------------------------------------------------------------------------------ ruled lines


def _edges(item: Any, kind: str, height: float) -> Iterator[dict[str, Any]]:
    """The straight lines of a drawn thing as pdfplumber's table finder takes them.

    A rectangle has four or, thin, one; one that is only filled is a background.
    """
    if kind == "LTRect":
        x0, top, x1, bottom = item.x0, height - item.y1, item.x1, height - item.y0
        if min(item.width, item.height) <= _THIN:
            x, y = (x0 + x1) / 2, (top + bottom) / 2
            yield _edge(x0, y, x1, y) if item.width > item.height else _edge(x, top, x, bottom)
            return
        if not item.stroke:
            return
        yield _edge(x0, top, x1, top)
        yield _edge(x0, bottom, x1, bottom)
        yield _edge(x0, top, x0, bottom)
        yield _edge(x1, top, x1, bottom)
    elif kind in ("LTLine", "LTCurve"):
        points = [(x, height - y) for x, y in item.pts]
        for (xa, ya), (xb, yb) in pairwise(points):
            if abs(xa - xb) < 1 or abs(ya - yb) < 1:
                yield _edge(min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb))


def _edge(x0: float, top: float, x1: float, bottom: float) -> dict[str, Any]:
    flat = x1 - x0 >= bottom - top
    if flat:
        top = bottom = (top + bottom) / 2
    else:
        x0 = x1 = (x0 + x1) / 2
    return {
        "x0": x0, "x1": x1, "top": top, "bottom": bottom, "width": x1 - x0, "height": bottom - top,
        "orientation": "h" if flat else "v", "object_type": "line",
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------ bounds


class _Inflate:
    """zlib for pdfminer that never gives more than `MAX_STREAM` bytes at a time, nor `MAX_STREAMS` in all."""

    error = zlib.error

    def __init__(self) -> None:
        self.left = MAX_STREAMS

    def decompress(self, data: bytes) -> bytes:
        """As zlib.decompress."""
        inflate = self.decompressobj()
        out = inflate.decompress(data)
        if not inflate.eof:
            raise zlib.error("incomplete or truncated stream")
        return out

    def decompressobj(self) -> _Inflating:
        """As zlib.decompressobj."""
        return _Inflating(self)


class _Inflating:
    def __init__(self, whole: _Inflate) -> None:
        self._whole, self._own, self._stream = whole, MAX_STREAM, zlib.decompressobj()

    @property
    def eof(self) -> bool:
        """Whether the end of the stream was reached."""
        return self._stream.eof

    def decompress(self, data: bytes) -> bytes:
        """As a decompression object's, within the bounds."""
        out = self._stream.decompress(data, min(self._own, self._whole.left) + 1)
        self._own -= len(out)
        self._whole.left -= len(out)
        if min(self._own, self._whole.left) < 0:
            raise _Stop("PDF 解压出来太大")
        return out


@contextmanager
def bounded() -> Iterator[Watch]:
    """Read a PDF within bounds; what goes beyond them is TooLarge."""
    pdftypes: Any = import_module("pdfminer.pdftypes")
    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    real, pdftypes.zlib = pdftypes.zlib, _Inflate()
    watch = Watch()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            watch.start()
            yield watch
    except _Stop as e:
        raise TooLarge(watch.cause or str(e)) from None
    except MemoryError:
        raise TooLarge("PDF 用的内存太多") from None
    finally:
        watch.end()
        pdftypes.zlib = real


class Watch(threading.Thread):
    """Looks at time and memory from beside, and stops the thread that began it between two steps of Python.

    pdfminer calls nobody back from its loops: over ranges that a font declares, over objects that refer to themselves.
    Where there are no threads (in a browser), whoever runs the worker ends it.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.cause = ""
        self._reader = threading.get_ident()
        self._began = self._page = time.process_time()
        self._memory = memory()
        self._ended = threading.Event()
        self._stopping = threading.Lock()

    def start(self) -> None:
        """Begin to look."""
        try:
            super().start()
        except RuntimeError:
            self._ended.set()

    def next_page(self) -> None:
        """A page was read."""
        self._page = time.process_time()

    def run(self) -> None:
        """Look until the reading ends."""
        while not self._ended.wait(_LOOK):
            now = time.process_time()
            if now - self._began > MAX_SECONDS or now - self._page > PAGE_SECONDS:
                self.cause = f"PDF 读了 {now - self._began:.0f} 秒还没有读完"
            elif memory() - self._memory > MAX_MEMORY:
                self.cause = "PDF 用的内存太多"
            with self._stopping:
                if self.cause and not self._ended.is_set():
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._reader), ctypes.py_object(_Stop))

    def end(self) -> None:
        """The reading is over: nothing stops it from here on."""
        with self._stopping:
            self._ended.set()
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._reader), None)


class _Counters(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS of Windows."""

    _fields_: ClassVar = [
        ("cb", ctypes.c_ulong),
        ("PageFaultCount", ctypes.c_ulong),
        *((name, ctypes.c_size_t) for name in ("PeakWorkingSetSize", "WorkingSetSize", *"abcdef")),
    ]


def memory() -> int:
    """Bytes of memory that this process holds (macOS: has held at most); 0 where the system doesn't tell."""
    try:
        if sys.platform == "linux":
            return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096
        if sys.platform == "win32":
            counters = _Counters(cb=ctypes.sizeof(_Counters))
            kernel = ctypes.windll.kernel32
            kernel.GetCurrentProcess.restype = ctypes.c_void_p
            process = ctypes.c_void_p(kernel.GetCurrentProcess())
            kernel.K32GetProcessMemoryInfo(process, ctypes.byref(counters), counters.cb)
            return int(counters.WorkingSetSize)
        if sys.platform == "darwin":
            import resource  # noqa: PLC0415 - not on Windows

            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    except (OSError, AttributeError, ValueError):
        return 0
    return 0
