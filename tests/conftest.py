"""What several tests use: the example, built once."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from budgetgen.pipeline import Built, build
from budgetgen.resources import collect_seldom

collect_seldom()  # all that the tests import and keep is gone through each time
# A few examples at every save; `pytest --hypothesis-profile many` tries the rest.
for _name, _examples in (("few", 12), ("many", 300)):
    settings.register_profile(_name, max_examples=_examples, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile("few")

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "tianyuan-party-office" / "unit.yaml"


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """The whole suite runs in two processes where it can; what is named on the command line runs in this one."""
    option = config.option
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not hasattr(config, "workerinput")
    alone = not config.pluginmanager.hasplugin("xdist") or option.usepdb or option.collectonly or os.cpu_count() == 1
    if whole and not alone and option.numprocesses is None:
        option.numprocesses, option.dist = 2, "loadfile"  # what a module builds is built once


LONGEST = (
    "test_page_in_browser", "test_windows", "test_frozen", "test_mutation", "test_faults", "test_other_readers",
    "test_hostile_templates", "test_workers",
)  # fmt: skip
"""Modules that take a minute or so in all: begun first, the other process has enough to do until they end."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for LibreOffice is marked as one that drives another program."""
    for item in items:
        if "soffice" in getattr(item, "fixturenames", ()):
            item.add_marker("outside")
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.fixture(scope="session")
def example() -> Path:
    """The example's input."""
    return EXAMPLE


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The example's packet, written to a folder of its own."""
    result = build(EXAMPLE, tmp_path_factory.mktemp("packet"))
    assert result.files, [str(i) for i in result.issues]
    return result


@pytest.fixture(scope="session")
def soffice() -> str:
    """LibreOffice, or a skip where there is none."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if not program:
        pytest.skip("LibreOffice (soffice) is not installed")
    return program
