"""`budgetgen serve` in a real browser: the same page with the native program behind it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from budgetgen.web.protocol import answer
from tests.web.browser import ROOT, Browser, chromium, parts

pytest.importorskip("uvicorn", reason="uvicorn is not installed")
pytestmark = pytest.mark.outside
EXAMPLE = ROOT / "examples" / "tianyuan-party-office" / "unit.yaml"


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("unit") / "unit.yaml"
    path.write_bytes(EXAMPLE.read_bytes())
    return path


@pytest.fixture(scope="module")
def address(unit: Path) -> Iterator[str]:
    """Where a server that was started with the unit answers."""
    command = [sys.executable, "-u", "-m", "budgetgen", "serve", str(unit), "--no-browser"]
    roots = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONIOENCODING": "utf-8", "PYTHONPATH": roots}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True, encoding="utf-8") as running:
        try:
            assert running.stdout is not None
            line = running.stdout.readline()
            assert "http://127.0.0.1:" in line
            yield line.partition("http")[1] + line.partition("http")[2].strip()
        finally:
            running.terminate()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("downloads"), cut_off=False) as found:
        yield found


def test_the_unit_is_shown_downloaded_and_followed(browser: Browser, address: str, unit: Path) -> None:
    browser.open(address)
    browser.wait(lambda: browser.all("#panel .n"))
    made = browser.fetched(lambda: browser.one("#save-packet").click())
    ask = {"acts": ["build"], "main": "unit.yaml", "zip": True}
    (expected,) = answer(ask, {"unit.yaml": unit.read_bytes()}).files.values()
    assert parts(made.read_bytes()) == parts(expected)
    unit.write_text(
        unit.read_text(encoding="utf-8").replace("表头名称: 区委办", "表头名称: 改了名的办"), encoding="utf-8"
    )
    browser.wait(lambda: "改了名的办" in browser.text("#panel"))
    assert browser.faults() == []
    assert browser.requests() <= {"http", "blob", "data"}


def test_a_wrong_token_is_not_answered(browser: Browser, address: str) -> None:
    browser.driver.get(address.partition("token=")[0] + "token=wrong")
    assert "口令不对" in browser.text("body")


def test_another_page_cannot_ask(browser: Browser, address: str, tmp_path: Path) -> None:
    """A page of another origin, with the right token even, gets no answer."""
    other = tmp_path / "other.html"
    other.write_text("<title>other</title>", encoding="utf-8")
    browser.driver.get(other.as_uri())
    base, _, token = address.partition("/?token=")
    code = """
        const [base, token, done] = arguments;
        fetch(base + "/api/answer", { method: "POST", headers: { "X-Budgetgen-Token": token }, body: "x" })
            .then(r => done("answered " + r.status), e => done("refused"));
    """
    assert browser.driver.execute_async_script(code, base, token) == "refused"
