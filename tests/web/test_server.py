"""`budgetgen serve`: the same answers over HTTP; who may ask, what is refused, what is never told."""

from __future__ import annotations

import http.client
import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from budgetgen.cli import app
from budgetgen.web.protocol import answer

server = pytest.importorskip("budgetgen.web.server", reason="starlette and uvicorn are not installed")
framed, unframed, NotFramedError = server.framed, server.unframed, server.NotFramedError
EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass
class Running:
    port: int
    token: str

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Host": f"127.0.0.1:{self.port}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        got = response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
        connection.close()
        return got

    def answer(self, ask: dict[str, Any], files: dict[str, bytes]) -> tuple[dict[str, Any], dict[str, bytes]]:
        body = framed({"ask": ask}, files)
        status, _, data = self.ask("POST", "/api/answer", body, X_Budgetgen_Token=self.token)
        assert status == 200
        told, made = unframed(data)
        return told["told"], made


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    unit = tmp_path_factory.mktemp("local") / "unit.yaml"
    unit.write_bytes((EXAMPLES / "tianyuan-party-office" / "unit.yaml").read_bytes())
    own = unit.parent / "own" / "profiles" / "本市.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("中文名: 本市\n继承: tianyuan\n", encoding="utf-8")
    bound = server.listen()
    made = server.service(bound, local=server.Local(unit, "本市", (unit.parent / "own",)))
    import uvicorn

    running = uvicorn.Server(uvicorn.Config(made.application(), log_level="error"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield Running(bound.getsockname()[1], made.token)
    running.should_exit = True
    thread.join(30)


def test_it_answers_as_the_functions_do(running: Running, example: Path) -> None:
    files = {"unit.yaml": example.read_bytes()}
    ask = {"acts": ["check", "build"], "main": "unit.yaml"}
    told, made = running.answer(ask, files)
    expected = answer(ask, files)
    assert told == json.loads(json.dumps(expected.told))
    assert made == dict(expected.files)


def test_the_page_comes_to_whoever_has_the_token(running: Running) -> None:
    status, headers, page = running.ask("GET", f"/?token={running.token}")
    assert status == 200
    assert "default-src 'none'" in headers["content-security-policy"]
    for name in ("page.js", "style.css", "old.js"):
        assert name in page.decode()
        assert running.ask("GET", f"/{name}")[0] == 200
    for path in ("/", "/?token=wrong", "/?token="):
        assert running.ask("GET", path)[0] == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X_Budgetgen_Token": "wrong"}, 403),
        ({}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Host": "elsewhere.example"}, 421),
    ],
    ids=lambda v: "-".join(v) if isinstance(v, dict) else "",
)
def test_nobody_else_is_answered(running: Running, headers: dict[str, str], status: int) -> None:
    told = {"X_Budgetgen_Token": running.token, **headers} if headers else {}
    for method, path in (
        ("GET", "/api/about"),
        ("POST", "/api/answer"),
        ("GET", "/api/local"),
        ("GET", "/api/changes"),
    ):
        got, _, body = running.ask(method, path, **told)
        assert got == status
        assert running.token not in body.decode()


def test_no_other_file_is_sent(running: Running) -> None:
    for path in ("/../server.py", "/%2e%2e/server.py", "/index.html", "/etc/passwd", "//etc/passwd"):
        assert running.ask("GET", path, X_Budgetgen_Token=running.token)[0] in (404, 405)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\1\0\0\0",
        b"\xff\xff\xff\xff{}",
        framed({}, {}),
        framed({"ask": 1}, {}),
        framed({"ask": {}}, {"a": b"x"})[:-1],
    ],
)
def test_what_is_no_question_is_refused(running: Running, body: bytes) -> None:
    assert running.ask("POST", "/api/answer", body, X_Budgetgen_Token=running.token)[0] == 400


def test_an_upload_is_bounded(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_BYTES", 1000)
    assert running.ask("POST", "/api/answer", b"x" * 1001, X_Budgetgen_Token=running.token)[0] == 413


def test_the_unit_that_it_was_started_with(running: Running) -> None:
    status, _, data = running.ask("GET", "/api/local", X_Budgetgen_Token=running.token)
    told, files = unframed(data)
    assert status == 200
    assert set(files) == {"unit.yaml", "templates/profiles/本市.yaml"}
    checked, _ = running.answer({"acts": ["check"], "main": "unit.yaml", **told["told"]}, files)
    assert checked["check"]["profile"] == "本市"
    status, _, data = running.ask("GET", "/api/changes?since=0", X_Budgetgen_Token=running.token)
    assert json.loads(data)["state"]


@pytest.mark.outside
def test_a_folder_of_units_becomes_a_batch(running: Running, example: Path) -> None:
    files = {"甲/unit.yaml": example.read_bytes(), "乙/unit.yaml": "年度: [".encode()}
    told, made = running.answer({"acts": ["batch"]}, files)
    assert told["batch"]["said"].startswith("共 2 个单位")
    with zipfile.ZipFile(io.BytesIO(made["批量结果.zip"])) as package:
        assert {"批量结果.xlsx", "批量结果.html"} <= set(package.namelist())
        for name in package.namelist():
            data = package.read(name)
            inner = (
                b"".join(map(zipfile.ZipFile(io.BytesIO(data)).read, zipfile.ZipFile(io.BytesIO(data)).namelist()))
                if data[:2] == b"PK"
                else data
            )
            assert b"/tmp/" not in inner, name


def test_another_address_is_named_and_warned_of() -> None:
    told = CliRunner().invoke(app, ["serve", "--help"]).output
    assert "--host" in told
    wrong = CliRunner().invoke(app, ["serve", "没有.yaml"])
    assert wrong.exit_code == 2


def test_frames() -> None:
    files = {"甲.yaml": b"1", "空": b""}
    assert unframed(framed({"ask": {"acts": []}}, files)) == (
        {"ask": {"acts": []}, "files": [["甲.yaml", 1], ["空", 0]]},
        files,
    )
    for bad in (b"", b"\2\0\0\0[]", framed({}, {"a": b"x"}) + b"y", b"\x1c\0\0\0" + b'{"files": [["a", -1]], "x":1}'):
        with pytest.raises(NotFramedError):
            unframed(bad)
