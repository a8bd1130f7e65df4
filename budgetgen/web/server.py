"""The same page from a local server: the native program behind it, and what a browser cannot do.

It answers only whoever has the token of its address, under its own name (Host) and to its own page (Origin); it takes no
more than a bounded upload, tells no path of this machine, and listens on this machine alone unless it is told otherwise.
"""

from __future__ import annotations

import asyncio
import hmac
import io
import json
import secrets
import socket
import struct
import tempfile
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from budgetgen import __version__
from budgetgen.issues import Rejected
from budgetgen.office.libreoffice import find_office
from budgetgen.office.package import Package, extended
from budgetgen.preview import SECONDS, Preview
from budgetgen.records import record
from budgetgen.resources import OWN_FOLDER
from budgetgen.web.as_data import issue_told
from budgetgen.web.desk import MOST_BYTES, Files, Memory, laid_out
from budgetgen.web.protocol import answer

PAGE = Path(__file__).parent / "page"
LOCAL = "127.0.0.1"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_HANDED_OUT = (".xlsx", ".docx", ".html")
"""Of a batch: the packets and the tables of outcomes, not what a run keeps to be resumed."""
_MOST_SECONDS = 300.0
"""How long one unit of many may take."""
_WAIT = 25.0
"""How long a page waits for a change before it asks again, in seconds."""
Handler = Callable[[Request], Awaitable[Response]]


@record
class Local:
    """A unit's file on this machine that the page shows, and the folders of 版式 that it is looked at with."""

    unit: Path
    profile: str = ""
    templates: tuple[Path, ...] = ()

    def files(self) -> dict[str, bytes]:
        """The unit's file, and the files of its 版式 as they lie in `templates/`; of one name the nearest."""
        found = {self.unit.name: self.unit.read_bytes()}
        for folder in (*self.templates, self.unit.parent / OWN_FOLDER):
            for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith((".", "~"))):
                with suppress(OSError):
                    found.setdefault(f"{OWN_FOLDER}/{path.relative_to(folder).as_posix()}", path.read_bytes())
        return found

    def state(self) -> str:
        """The files as they are now, as a word that is another one when one of them was saved."""
        told = Preview(self.unit, profile=self.profile, templates=self.templates, html=True).state()
        return f"{hash(frozenset(told.items())):x}"


@dataclass(frozen=True)
class Service:
    """One server: who may ask it, and what it shows."""

    hosts: frozenset[str]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    local: Local | None = None
    memory: Memory = field(default_factory=Memory)

    def application(self) -> Starlette:
        """The web application."""
        files = [Route(f"/{p.name}", self._file(p)) for p in sorted(PAGE.iterdir()) if p.suffix in (".css", ".js")]
        asked = [
            Route("/api/about", self._guarded(self._about)),
            Route("/api/answer", self._guarded(self._answer), methods=["POST"]),
            Route("/api/local", self._guarded(self._local)),
            Route("/api/changes", self._guarded(self._changes)),
        ]
        return Starlette(routes=[Route("/", self._page), *files, *asked])

    # ------------------------------------------------------------------------------------------------- who may ask

    def _refusal(self, request: Request, token: str) -> Response | None:
        """Why a request is not answered; None where it is."""
        host, origin = request.headers.get("host", ""), request.headers.get("origin")
        if host not in self.hosts:
            return _said("只在启动时写明的地址上回答。", 421)
        if origin is not None and origin.partition("://")[2] != host:
            return _said("别的网页不能来问。", 403)
        if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return _said("别的网页不能来问。", 403)
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            return _said("地址里的口令不对：用 budgetgen serve 显示的完整地址打开。", 403)
        return None

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            refused = self._refusal(request, request.headers.get("x-budgetgen-token", ""))
            return refused or await handler(request)

        return guarded

    # ------------------------------------------------------------------------------------------------- what it says

    async def _page(self, request: Request) -> Response:
        refused = self._refusal(request, request.query_params.get("token", ""))
        return refused or _sent(PAGE / "index.html")

    def _file(self, path: Path) -> Handler:
        async def sent(request: Request) -> Response:
            return _sent(path) if request.headers.get("host", "") in self.hosts else _said("没有这个地址。", 421)

        return sent

    async def _about(self, _request: Request) -> Response:
        pdf = bool(await run_in_threadpool(find_office))
        return JSONResponse({"native": True, "pdf": pdf, "version": __version__}, headers=_HEADERS)

    async def _answer(self, request: Request) -> Response:
        body = await _bounded(request)
        if body is None:
            return _said(f"文件太大：一次最多 {MOST_BYTES // 2**20} MB。", 413)
        try:
            told, files = unframed(body)
        except NotFramedError:
            return _said("看不懂这个请求。", 400)
        ask = told.get("ask")
        if not isinstance(ask, dict):
            return _said("看不懂这个请求。", 400)
        answered, made = await run_in_threadpool(_answered, ask, files, self.memory)
        return Response(framed({"told": answered}, made), media_type="application/octet-stream", headers=_HEADERS)

    async def _local(self, _request: Request) -> Response:
        if self.local is None:
            return _said("启动时没有写数据文件。", 404)
        files = await run_in_threadpool(self.local.files)
        told = {"profile": self.local.profile}
        return Response(framed({"told": told}, files), media_type="application/octet-stream", headers=_HEADERS)

    async def _changes(self, request: Request) -> Response:
        """The state of the local files, once it is another one than the page knows, or after a while."""
        if self.local is None:
            return _said("启动时没有写数据文件。", 404)
        since, state = request.query_params.get("since", ""), await run_in_threadpool(self.local.state)
        for _ in range(int(_WAIT / SECONDS)):
            if state != since or await request.is_disconnected():
                break
            await asyncio.sleep(SECONDS)
            state = await run_in_threadpool(self.local.state)
        return JSONResponse({"state": state}, headers=_HEADERS)


def _said(text: str, status: int) -> Response:
    return PlainTextResponse(text, status, _HEADERS)


def _sent(path: Path) -> Response:
    return Response(path.read_bytes(), headers={**_HEADERS, "Content-Type": _TYPES[path.suffix]})


async def _bounded(request: Request) -> bytes | None:
    """The body, or None where it is larger than may be."""
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > MOST_BYTES:
            return None
        pieces.append(piece)
    return b"".join(pieces)


def _answered(ask: Mapping[str, Any], files: Files, memory: Memory) -> tuple[dict[str, Any], Files]:
    """What the protocol answers, and the one act that only a machine can do: many units at once."""
    if list(ask.get("acts", ())) == ["batch"]:
        return _batched(files)
    got = answer(ask, files, memory)
    return dict(got.told), got.files


def _batched(files: Mapping[str, bytes]) -> tuple[dict[str, Any], Mapping[str, bytes]]:
    """The packets of all units among the files and the table of outcomes, as one zip."""
    try:
        with laid_out(files, {}) as desk, tempfile.TemporaryDirectory(prefix="budgetgen-") as out:
            outcome = _run(desk.folder, Path(out))
            made = _zipped(Path(out), desk.folder)
    except Rejected as e:
        return {"batch": {"issues": [issue_told(i) for i in e.issues]}}, {}
    return {"batch": {"said": outcome}}, {"批量结果.zip": made}


def _run(folder: Path, out: Path) -> str:
    """Build all units in a folder; how many ended how."""
    from budgetgen.batch.job import Settings  # noqa: PLC0415 - few pages build many units
    from budgetgen.batch.outcome import Ending  # noqa: PLC0415
    from budgetgen.batch.run import Options, run, usual_jobs  # noqa: PLC0415

    summary = run(
        [str(folder)], out, Settings("", (), pdf=False, kind=""), Options(usual_jobs(), _MOST_SECONDS), _Silent()
    )
    ended = "、".join(f"{e.value} {summary.endings[e]}" for e in reversed(Ending) if summary.endings[e])
    return f"共 {summary.endings.total()} 个单位，{ended}。结果在“批量结果.zip”里。"


class _Silent:
    """Progress that nobody watches."""

    def begin(self, title: str, total: int) -> None:
        """A new stretch of work."""

    def step(self, ending: object = None) -> None:
        """One more is done."""

    def end(self) -> None:
        """No more is to come."""


def _zipped(folder: Path, inputs: Path) -> bytes:
    """A batch's files as one, its tables without the folder in which its inputs lay meanwhile."""
    out, hidden = io.BytesIO(), f"{inputs}/".encode()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for path in sorted(p for p in folder.rglob("*") if p.suffix in _HANDED_OUT):
            data = path.read_bytes()
            if path.parent == folder:
                data = _without(hidden, data) if path.suffix == ".xlsx" else data.replace(hidden, b"")
            package.writestr(path.relative_to(folder).as_posix(), data)
    return out.getvalue()


def _without(hidden: bytes, workbook: bytes) -> bytes:
    package = Package(workbook)
    parts = ((name, package.read(name)) for name in package)
    return extended(package, {name: data.replace(hidden, b"") for name, data in parts if hidden in data})


# ------------------------------------------------------------------------------- how a question and its files travel
# length of the JSON (4 bytes, little-endian) | {"ask": {…}, "files": [["填报表.xlsx", 31415], …]} | the files end to end

_LENGTH = struct.Struct("<I")


class NotFramedError(ValueError):
    """What came is no question."""


def framed(told: dict[str, Any], files: Files) -> bytes:
    """Data and files as one."""
    named = [[name, len(data)] for name, data in files.items()]
    head = json.dumps({**told, "files": named}, ensure_ascii=False).encode()
    return b"".join([_LENGTH.pack(len(head)), head, *files.values()])


def unframed(data: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What was framed. NotFramedError: it was not, or it says other sizes than it has."""
    try:
        (length,) = _LENGTH.unpack_from(data)
        told = json.loads(data[_LENGTH.size : _LENGTH.size + length])
        at, files = _LENGTH.size + length, {}
        for name, size in told["files"]:
            if size < 0:
                raise NotFramedError("a file of negative size")
            files[str(name)] = data[at : at + size]
            at += size
    except (struct.error, ValueError, KeyError, TypeError, RecursionError) as e:
        raise NotFramedError(str(e)) from e
    if at != len(data) or not isinstance(told, dict):
        raise NotFramedError("sizes that do not add up")
    return told, files


# -------------------------------------------------------------------------------------------------------- listening


def listen(host: str = LOCAL, port: int = 0) -> socket.socket:
    """A socket that listens; `port` 0 takes one that is free. OSError: the address is taken or is not this machine's."""
    bound = socket.create_server((host, port))
    bound.setblocking(False)  # noqa: FBT003 - the library's own form
    return bound


def service(bound: socket.socket, host: str = LOCAL, local: Local | None = None) -> Service:
    """The server of a socket: asked under the address that it was started with, and by the machine's own name where that is this machine."""
    port = bound.getsockname()[1]
    names = {host, "localhost"} if host == LOCAL else {host}
    return Service(frozenset(f"{name}:{port}" for name in names), local=local)


def serve(bound: socket.socket, made: Service) -> None:
    """Answer until it is stopped by Ctrl+C."""
    config = uvicorn.Config(made.application(), log_level="warning", access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[bound])


def address(bound: socket.socket, host: str, token: str) -> str:
    """What is typed into a browser."""
    return f"http://{host}:{bound.getsockname()[1]}/?token={token}"
