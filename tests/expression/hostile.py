"""Fills hostile templates under a limit on memory: JSON lists of [name, text] on stdin, one JSON line for each on stdout.

    python tests/expression/hostile.py < attacks.json

Run as a program of its own, so that a template that breaks its bounds takes nothing along.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

try:
    import resource
except ImportError:  # Windows sets no such limits
    resource = None  # type: ignore[assignment]

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))
LIMIT = 512 * 2**20


def peak_memory() -> int | None:
    """The most memory that this process had, in MB; None where the system does not say.

    What getrusage says begins with the parent's own, which a suite of tests has made large.
    """
    status = Path("/proc/self/status")
    if not status.is_file():
        return None
    return next(int(line.split()[1]) // 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))


def main() -> None:
    from budgetgen import load
    from budgetgen.classification import read_classification
    from budgetgen.compute import compute
    from budgetgen.layout import read_profile
    from budgetgen.packet.narratives import Narratives
    from budgetgen.packet.render import namespace
    from budgetgen.template import TemplateError

    computed = compute(load(ROOT / "tests" / "cases" / "everything.yaml").accounts, read_classification(2024))
    names = namespace(computed)
    folders = read_profile("standard").narrative_folders()
    attacks = json.load(sys.stdin)
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    for name, text in attacks:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            (folder / "短语").mkdir()
            (folder / "其他.md.j2").write_text(text, encoding="utf-8")
            (folder / "短语" / "自己.j2").write_text("{{ 短语.自己() }}", encoding="utf-8")
            began = time.process_time()
            try:
                told = Narratives([folder, *folders]).paragraphs("其他", names)
                outcome = {"text": "\n".join(t for _, t in told)[:200], "length": sum(len(t) for _, t in told)}
            except TemplateError as error:
                outcome = {"place": error.file + error.place, "cause": error.cause}
            except BaseException as error:  # noqa: BLE001 - what must not come
                outcome = {"crash": f"{type(error).__name__}: {error}"[:300]}
            outcome |= {"name": name, "seconds": round(time.process_time() - began, 2)}
            if (peak := peak_memory()) is not None:
                outcome["peak"] = peak
        print(json.dumps(outcome, ensure_ascii=False), flush=True)


main()
