"""The page in a real browser: headless Chromium as Debian has it, driven by Selenium; skipped where one of them is missing."""

from __future__ import annotations

import json
import os
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DIST = Path(os.environ.get("BUDGETGEN_DIST", ROOT / "dist"))
PAGE = DIST / "决算公开.html"
SECONDS = float(os.environ.get("BUDGETGEN_BROWSER_SECONDS", "120"))
"""How long anything may take before a test gives up: no test holds a time against it."""


class Browser:
    """One window; files that it hands out go to `downloads`."""

    def __init__(self, driver: Any, downloads: Path) -> None:
        self.driver, self.downloads = driver, downloads

    def open(self, address: str) -> None:
        self.driver.get(address)
        self.wait(lambda: self.js("return document.body.dataset.ready"))

    def js(self, code: str, *given: Any) -> Any:
        return self.driver.execute_script(code, *given)

    def wait(self, seen: Callable[[], Any]) -> Any:
        """What is seen, once it is."""
        end = time.monotonic() + SECONDS
        while not (found := seen()):
            if time.monotonic() > end:
                pytest.fail(f"not seen in {SECONDS:.0f} s; the page says: {self.text('body')[:1500]}")
            time.sleep(0.05)
        return found

    def all(self, selector: str) -> list[Any]:
        return list(self.driver.find_elements("css selector", selector))

    def one(self, selector: str) -> Any:
        return self.wait(lambda: self.all(selector))[0]

    def text(self, selector: str) -> str:
        return str(self.js("return document.querySelector(arguments[0])?.innerText || ''", selector))

    def give(self, *files: Path) -> None:
        """Choose files, and wait until the page has looked at them."""
        self.js("document.body.dataset.shown = ''")
        self.driver.find_element("id", "file-input").send_keys("\n".join(map(str, files)))
        self.settled()

    def settled(self) -> None:
        """Wait until nothing is being done."""
        time.sleep(0.2)
        self.wait(lambda: self.text("#engine-says").startswith("就绪"))

    def fetched(self, act: Callable[[], None]) -> Path:
        """The file that an act hands out."""
        before = set(self.downloads.iterdir())
        act()
        made = self.wait(
            lambda: [
                p
                for p in self.downloads.iterdir()
                if p not in before and not p.name.startswith(".") and p.suffix not in (".crdownload", ".tmp")
            ]
        )
        self.settled()
        return Path(made[0])

    def shoot(self, name: str) -> None:
        """Keep what is seen, where `BUDGETGEN_PICTURES` names a folder."""
        if folder := os.environ.get("BUDGETGEN_PICTURES"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.driver.save_screenshot(str(Path(folder, f"{name}.png")))

    def requests(self) -> set[str]:
        """The kinds of addresses that were asked for since this was last called."""
        messages = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        sent = (m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent")
        return {url.partition(":")[0] for url in sent}

    def faults(self) -> list[str]:
        """What the browser complained of."""
        return [str(e["message"]) for e in self.driver.get_log("browser") if e["level"] == "SEVERE"]


@contextmanager
def chromium(downloads: Path, *, cut_off: bool) -> Iterator[Browser]:
    """A browser; `cut_off`: no name leads anywhere. Skips where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        pytest.skip("chromium and chromedriver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1280,860",
        "--lang=zh-CN",
    ]
    if cut_off:
        arguments.append("--host-resolver-rules=MAP * ~NOTFOUND")
    for argument in arguments:
        options.add_argument(argument)
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        found.set_script_timeout(SECONDS)
        yield Browser(found, downloads)
    finally:
        found.quit()


def page() -> Path:
    """The page, or a skip where it was not made."""
    if not PAGE.is_file():
        pytest.skip("packaging/page.py was not run")
    return PAGE


def parts(data: bytes) -> dict[str, bytes]:
    """A package part by part, those inside it that are packages again as theirs."""
    import io

    with zipfile.ZipFile(io.BytesIO(data)) as package:
        found = {name: package.read(name) for name in package.namelist()}
    inner = {
        f"{n}/{p}": d for n, data in found.items() if n.endswith((".xlsx", ".docx")) for p, d in parts(data).items()
    }
    return {n: d for n, d in found.items() if not n.endswith((".xlsx", ".docx"))} | inner
