"""决算公开.html opened by file:// with the network cut: the whole flow of an accountant, and what strangers send."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from budgetgen.web.protocol import answer
from tests.web.browser import ROOT, Browser, chromium, page, parts

pytestmark = pytest.mark.outside
EXAMPLES = ROOT / "examples"
EXAMPLE = EXAMPLES / "tianyuan-party-office" / "unit.yaml"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("downloads"), cut_off=True) as found:
        found.open(page().resolve().as_uri())
        yield found
        assert found.requests() <= {"file", "blob", "data"}


@pytest.fixture
def fresh(browser: Browser) -> Browser:
    """The page as it is at first: what it kept is cleared."""
    if browser.all("#work:not([hidden])"):
        browser.one("#more-open").click()
        browser.wait(lambda: browser.all("#more[open]"))
        browser.js(
            "[...document.querySelectorAll('#more-content button')].find(b => /清除/.test(b.textContent)).click()"
        )
        browser.wait(lambda: browser.all("#welcome:not([hidden])"))
        browser.wait(lambda: browser.js("return document.body.dataset.ready"))
    browser.faults()
    return browser


@pytest.fixture(scope="module")
def form() -> bytes:
    files = {"unit.yaml": EXAMPLE.read_bytes()}
    return answer({"acts": ["convert"], "main": "unit.yaml", "target": "填报表.xlsx"}, files).files["填报表.xlsx"]


def native(name: str, data: bytes) -> dict[str, bytes]:
    (made,) = answer({"acts": ["build"], "main": name, "zip": True, "force": True}, {name: data}).files.values()
    return parts(made)


def test_it_is_one_file_of_bounded_size_that_names_no_address_to_load() -> None:
    data = page().read_bytes()
    assert len(data) <= 15_000_000
    text = data.decode("utf-16")
    head = text[: text.index('class="part"')]
    assert "default-src 'none'" in head
    assert "unsafe" not in text[: text.index("<!--")].replace("wasm-unsafe-eval", "")
    assert not any(f'{word}="http' in head for word in ("src", "href"))


def test_a_wrong_amount_is_told_mended_and_the_packet_is_the_native_one(
    fresh: Browser, form: bytes, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(form))
    sheet = book["收支明细"]
    cell = next(c for row in sheet.iter_rows(min_row=6) for c in row if isinstance(c.value, float) and c.value > 50)
    right = cell.value
    cell.value = f"{right}万"
    path = tmp_path / "填报表.xlsx"
    book.save(path)

    fresh.shoot("1-开始")
    fresh.give(path)
    assert fresh.text("#issue-tabs [aria-selected=true]").split() == ["错误", "1"]
    assert f"收支明细!{cell.coordinate}" in fresh.text(".issue")
    assert f"{right}万" in fresh.text(".issue")
    fresh.shoot("2-错误")
    typed = fresh.one(".issue input")
    typed.clear()
    typed.send_keys(str(right), "\n")
    fresh.wait(lambda: fresh.text("#issue-tabs-error").split() == ["错误", "0"])
    assert fresh.all("#panel .n")
    fresh.shoot("3-表")

    made = fresh.fetched(lambda: fresh.one("#save-packet").click())
    mended = fresh.fetched(lambda: fresh.one("#save-input").click())
    assert openpyxl.load_workbook(mended)["收支明细"][cell.coordinate].value == right
    assert parts(made.read_bytes()) == native("填报表.xlsx", mended.read_bytes())

    fresh.one("#undo").click()
    fresh.wait(lambda: fresh.text("#issue-tabs-error").split() == ["错误", "1"])
    fresh.driver.refresh()
    fresh.wait(lambda: fresh.text("#issue-tabs-error").split() == ["错误", "1"])
    assert fresh.faults() == []


def test_a_number_says_where_it_comes_from_and_is_changed_there(fresh: Browser) -> None:
    fresh.give(EXAMPLE)
    number = fresh.one("#panel .n")
    before = number.text
    number.click()
    fresh.wait(lambda: fresh.all("#drawer .field input"))
    assert "怎么来的" in fresh.text("#drawer")
    assert "unit.yaml:" in fresh.text("#drawer")
    fresh.shoot("4-一个数")
    jump = fresh.all("#drawer .columns li button.link")[-1]
    jump.click()
    fresh.wait(lambda: fresh.js("return document.activeElement.classList.contains('n')"))
    fresh.settled()
    fresh.shoot("5-文本")
    field = fresh.all("#drawer .field input")[0]
    field.clear()
    field.send_keys("1234.56", "\n")
    fresh.wait(lambda: fresh.all(".n.changed"))
    fresh.one("#panel-tabs [role=tab]").click()
    fresh.settled()
    assert fresh.text("#panel .n") != before
    fresh.shoot("6-变了的数")
    fresh.js("document.querySelector('#panel .n').focus()")
    fresh.driver.switch_to.active_element.send_keys("\ue015")  # arrow down
    assert fresh.js("return document.activeElement !== document.querySelector('#panel .n')")
    assert fresh.js("return document.activeElement.classList.contains('n')")


def invented(folder: Path, count: int) -> list[Path]:
    roots = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, str(ROOT / "benchmarks" / "generate.py"), str(count), "--seed", "16", "-o", str(folder)]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": roots}, capture_output=True, timeout=120)
    return sorted(folder.rglob("unit.yaml"))


def test_packets_are_the_native_ones_part_by_part(fresh: Browser, tmp_path: Path) -> None:
    units = [*sorted(EXAMPLES.glob("*/unit.yaml")), *invented(tmp_path, 3)]
    assert len(units) >= 7
    for path in units:
        fresh.give(path)
        made = fresh.fetched(lambda: fresh.one("#save-packet").click())
        assert parts(made.read_bytes()) == native("unit.yaml", path.read_bytes()), path


def test_a_folder_of_a_department(fresh: Browser) -> None:
    folder = EXAMPLES / "invented-department"
    fresh.driver.find_element("id", "folder-input").send_keys(str(folder))
    fresh.wait(lambda: fresh.all("#panel .n"))
    made = fresh.fetched(lambda: fresh.one("#save-packet").click())
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.yaml")}
    (expected,) = answer({"acts": ["build"], "main": "部门.yaml", "zip": True}, files).files.values()
    assert parts(made.read_bytes()) == parts(expected)


def test_a_unit_of_two_thousand_lines(fresh: Browser, tmp_path: Path) -> None:
    lines = "".join(
        f'  - {{科目: "{code}", 类名称: 类{code[:3]}, 款名称: 款{code[:5]}, 项名称: 项{code}, 收入: {{财政拨款: {n % 97}.{n % 100:02d}}}, 支出: {{项目: {n % 97}.{n % 100:02d}}}}}\n'
        for n, code in ((n, str(2010101 + n * 101)) for n in range(2000))
    )
    path = tmp_path / "unit.yaml"
    path.write_text(f"年度: 2024\n单位: {{名称: 很大的局, 类型: 单位}}\n收支明细:\n{lines}", encoding="utf-8")
    fresh.give(path)
    assert "很大的局" in fresh.text("#whose") or fresh.all(".issue")
    assert fresh.all("#panel .n") or fresh.text(".issue")


HOSTILE = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script><b>粗</b>'


def test_what_a_hostile_file_says_never_runs(fresh: Browser, tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    name = "名称: 中共株洲市天元区委办公室"
    assert name in text
    path = tmp_path / "<b>unit.yaml"
    path.write_text(text.replace(name, f"名称: {HOSTILE!r}", 1), encoding="utf-8")
    fresh.give(path)
    assert "<img src=x" in fresh.text("#whose")
    for number in range(min(12, len(fresh.all("#panel-tabs [role=tab]")))):
        fresh.all("#panel-tabs [role=tab]")[number].click()
        fresh.settled()
    for number in fresh.all("#panel .n")[:1]:
        number.click()
    assert fresh.js("return window.hurt") is None
    assert fresh.js("return document.querySelectorAll('#panel img, #panel script, #side img').length") == 0

    document = next(
        d
        for n, d in answer({"acts": ["build"], "main": "unit.yaml"}, {"unit.yaml": path.read_bytes()}).files.items()
        if n.endswith(".docx")
    )
    published = tmp_path / "别人的.docx"
    published.write_bytes(document)
    fresh.give(published)
    fresh.js("[...document.querySelectorAll('#files button')].filter(b => b.textContent === '审核').at(-1)?.click()")
    fresh.wait(lambda: fresh.text("#whose").startswith("审核"))
    fresh.settled()
    assert fresh.js("return window.hurt") is None
    assert fresh.js("return document.querySelectorAll('#panel img, #panel script').length") == 0


@pytest.mark.parametrize("kind", ["broken", "huge", "bomb", "nothing"])
def test_what_cannot_be_read_is_told(fresh: Browser, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "填报表.xlsx"
    if kind == "broken":
        path.write_bytes(b"PK\3\4" + os.urandom(5000))
    elif kind == "huge":
        path = tmp_path / "unit.yaml"
        path.write_bytes(b"# \n" * (25 * 2**20))
    elif kind == "bomb":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr("[Content_Types].xml", "<x/>")
            package.writestr("xl/workbook.xml", b" " * (400 * 2**20))
    else:
        path.write_bytes(b"")
    fresh.give(path)
    said = fresh.text("#say") + fresh.text("#issues")
    assert any("\u4e00" <= c <= "\u9fff" for c in said)
    fresh.give(EXAMPLE)
    fresh.wait(lambda: fresh.all("#panel .n"))


def test_an_audit_shows_findings_beside_the_page(fresh: Browser, tmp_path: Path) -> None:
    data = next(
        d
        for n, d in answer({"acts": ["build"], "main": "unit.yaml"}, {"unit.yaml": EXAMPLE.read_bytes()}).files.items()
        if n.endswith(".docx")
    )
    told = parts(data)
    wrong = io.BytesIO()
    with zipfile.ZipFile(wrong, "w") as package:
        for name, part in told.items():
            package.writestr(name, part.replace(b"840.70", b"841.70", 1) if name == "word/document.xml" else part)
    path = tmp_path / "某局决算公开.docx"
    path.write_bytes(wrong.getvalue())
    fresh.give(path)
    fresh.wait(lambda: "841.70" in fresh.text("#issues"))
    fresh.js("[...document.querySelectorAll('#issues button')].find(b => b.textContent === '看原文').click()")
    assert "841.70" in fresh.text(".spot.now")
    fresh.shoot("7-审核")
    copy = fresh.fetched(lambda: fresh.one("#save-copy").click())
    assert b"840.70" in parts(copy.read_bytes())["word/comments.xml"]


def test_no_barrier_for_those_who_need_a_keyboard_or_a_screen_reader(fresh: Browser) -> None:
    modules = os.environ.get("BUDGETGEN_NODE_MODULES", "")
    axe = Path(modules, "axe-core", "axe.min.js")
    if not axe.is_file():
        pytest.skip("npm's axe-core is not there")
    code = axe.read_text(encoding="utf-8")

    def found() -> list[str]:
        fresh.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": code})
        report = fresh.driver.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
        return [
            f"{v['id']}: {v['nodes'][0]['html'][:200]}"
            for v in report["violations"]
            if v["impact"] in ("serious", "critical")
        ]

    assert found() == []
    fresh.give(EXAMPLE)
    fresh.one("#panel .n").click()
    fresh.wait(lambda: fresh.all("#drawer .field input"))
    assert found() == []
    fresh.one("#panel-tabs [role=tab]:nth-child(10)").click()
    fresh.settled()
    assert found() == []
    fresh.one("#more-open").click()
    fresh.wait(lambda: fresh.all("#more[open]"))
    assert found() == []
    fresh.js("document.getElementById('more').close()")


def test_it_works_at_the_least_size_and_on_paper(fresh: Browser) -> None:
    fresh.give(EXAMPLE)
    fresh.driver.set_window_size(1280, 720)
    wide = fresh.js(
        "return [document.documentElement.scrollWidth, innerWidth, document.documentElement.scrollHeight, innerHeight]"
    )
    assert wide[0] <= wide[1]
    assert wide[2] <= wide[3]
    pdf = fresh.driver.execute_cdp_cmd("Page.printToPDF", {})
    assert len(pdf["data"]) > 1000
