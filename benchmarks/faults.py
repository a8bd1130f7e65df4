"""What a night brings, brought about: `python benchmarks/faults.py [N] [--only faults,kill,disk,cluster] [--seed S]`.

Builds N invented units (200) by `budgetgen batch`, as a process of its own:

- faults: ten bad inputs, two whose worker is killed whenever it reads them, one that never ends, a template with an error;
- kill: the whole run is killed at a random moment, then goes on with `--resume`;
- disk: the disk fills up (a small tmpfs; needs root on Linux), is given room, and the run goes on;
- cluster: a Dask cluster of two workers, one of which is killed half-way.

Every good unit's packet must be there, the same as the one built alone, and every bad one named with its cause: what is
not so ends the script with 1. Needs Linux: workers are found by the files that they have open.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from generate import generate

from budgetgen.pipeline import build

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
BATCH = [sys.executable, "-m", "budgetgen", "batch"]
PACKET = (".xlsx", ".docx")
Change = Callable[[str], str]


def replaced(old: str, new: str) -> Change:
    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, 1)

    return change


BAD: tuple[tuple[Change, str], ...] = (
    (lambda text: text + "\n  - ]", "INPUT-006"),
    (lambda text: text + "\n收支名细: []\n", "INPUT-009"),
    (replaced("年度: 2024", "年度: 二〇二四"), "INPUT-0"),
    (lambda text: text.replace("\n单位:", "\n单位：", 1), "INPUT-0"),
    (lambda text: text + "\n年度: 2024\n", "INPUT-010"),
    (lambda text: text + "\n结余分配: 五十\n", "INPUT-01"),
    (lambda text: text + "\n\u0001", "INPUT-005"),
    (lambda text: text + "\n上年文件: ../没有.yaml\n", "YEAR-009"),
    (lambda text: "版式: 没有\n" + text.partition("版式: ")[2].partition("\n")[2], "PROFILE-001"),
    (lambda text: text.partition("收支明细:")[0], "COMPLETE-001"),
)


class Night:
    """A folder with N inputs and the packets that each of them gives when it is built alone."""

    def __init__(self, folder: Path, count: int, seed: int) -> None:
        self.folder, self.inputs, self.seed = folder, folder / "数据", seed
        self.sources = generate(count, seed, self.inputs)
        self.alone: dict[str, dict[str, bytes]] = {}
        for source in self.sources:
            built = build(source, folder / "单独" / source.parent.name)
            assert built.files, (source, [str(i) for i in built.issues])
            self.alone[str(source)] = {p.name: p.read_bytes() for p in built.files}

    def command(self, out: Path, *more: str) -> list[str]:
        return [*BATCH, str(self.inputs), "-o", str(out), "--jobs", "2", *more]

    def run(self, out: Path, *more: str, code: int = 0) -> None:
        ran = subprocess.run(
            self.command(out, *more), env=ENVIRONMENT, capture_output=True, text=True, encoding="utf-8", check=False
        )
        assert ran.returncode == code, (ran.returncode, ran.stdout[-2000:], ran.stderr[-2000:])

    def check(self, out: Path, bad: Mapping[str, str] | None = None, *, cause: str = "") -> int:
        """How many packets there are; each as built alone, each bad input (path → words) named with its cause.

        `cause`: a further cause for which a unit may be without a packet.
        """
        outcomes = outcomes_in(out)
        assert outcomes.keys() == set(map(str, self.sources)), "one outcome for each input"
        written = 0
        for source, outcome in outcomes.items():
            if bad and source in bad:
                assert not outcome["文件"], source
                assert bad[source] in outcome["原因"], (source, outcome["原因"])
            elif cause and not outcome["文件"]:
                assert cause in outcome["原因"], (source, outcome["原因"])
            else:
                folder = out / outcome["文件夹"]
                assert {p.name: p.read_bytes() for p in folder.iterdir()} == self.alone[source], (source, outcome)
                written += 1
        left = [p for p in out.rglob(".*") if p.is_file()]
        assert not left, left
        assert (out / "批量结果.xlsx").is_file()
        assert (out / "批量结果.html").is_file()
        return written


def outcomes_in(out: Path) -> dict[str, dict[str, object]]:
    """The last outcome of each input."""
    lines = (out / "outcomes.jsonl").read_text(encoding="utf-8").splitlines()
    return {told["数据文件"]: told for told in map(json.loads, lines)}


def finished(out: Path) -> int:
    try:
        return (out / "outcomes.jsonl").read_bytes().count(b"\n")
    except OSError:
        return 0


def wait_for(out: Path, count: int, process: subprocess.Popen[bytes]) -> None:
    while finished(out) < count and process.poll() is None:
        time.sleep(0.02)


# ------------------------------------------------------------------------------------------------------ faults


def faults(night: Night) -> str:
    draw = random.Random(night.seed)
    chosen = iter(draw.sample(night.sources, len(BAD) + 4))
    bad: dict[str, str] = {}
    kept: dict[Path, str] = {}
    for change, words in BAD:
        source = next(chosen)
        kept[source] = source.read_text(encoding="utf-8")
        source.write_text(change(kept[source]), encoding="utf-8")
        bad[str(source)] = words
    source = next(chosen)
    kept[source] = source.read_text(encoding="utf-8")
    make_broken_layout(night.folder / "模板")
    source.write_text("版式: 坏版式\n" + kept[source].partition("版式: ")[2].partition("\n")[2], encoding="utf-8")
    bad[str(source)] = "TEMPLATE-001"
    pipes = []
    for words in ("信号 9", "信号 9", "BATCH-008"):
        source = next(chosen)
        pipes.append(source.parent / "templates" / "checks" / "本地.yaml")
        pipes[-1].parent.mkdir(parents=True)
        os.mkfifo(pipes[-1])  # a rule file on a share that does not answer
        bad[str(source)] = words
    for pipe in pipes[:2]:
        threading.Thread(target=kill_readers, args=(pipe,), daemon=True).start()
    begun = time.monotonic()
    out = night.folder / "出错"
    try:
        night.run(out, "--timeout", "20", "--templates", str(night.folder / "模板"), code=1)
        written = night.check(out, bad)
    finally:  # the next night has good inputs again
        for source, text in kept.items():
            source.write_text(text, encoding="utf-8")
        for pipe in pipes:
            shutil.rmtree(pipe.parents[1])
    assert written == len(night.sources) - len(bad)
    return f"{written} packets as built alone, {len(bad)} bad inputs named, {time.monotonic() - begun:.0f} s"


def make_broken_layout(folder: Path) -> None:
    (folder / "profiles").mkdir(parents=True)
    (folder / "profiles" / "坏版式.yaml").write_text("继承: standard\n中文名: 坏\n", encoding="utf-8")
    texts = folder / "docx" / "坏版式" / "说明"
    texts.mkdir(parents=True)
    (texts / "收入.md.j2").write_text("## 二、收入\n\n{{ 收入.合汁 }}\n", encoding="utf-8")


def kill_readers(pipe: Path) -> None:
    """Kill whichever process opens the pipe for reading, each time that one does."""
    while True:
        end = os.open(pipe, os.O_WRONLY)  # waits for a reader
        for reader in readers_of(pipe):
            os.kill(reader, signal.SIGKILL)
        os.close(end)


def readers_of(pipe: Path) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                opened = [f.readlink() for f in (entry / "fd").iterdir()]
            except OSError:
                continue
            if pipe in opened:
                yield int(entry.name)


# -------------------------------------------------------------------------------------------------------- kill


def kill(night: Night) -> str:
    out = night.folder / "杀死"
    moment = random.Random().randrange(1, max(2, len(night.sources) * 9 // 10))
    process = subprocess.Popen(night.command(out), env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    wait_for(out, moment, process)
    assert process.poll() is None, "it was done before it could be killed"
    process.kill()
    process.wait()
    done = finished(out)
    for path in out.rglob("*"):
        if path.suffix in PACKET and not path.name.startswith("."):
            assert zipfile.ZipFile(path).testzip() is None, f"half a file: {path}"
    with (out / "outcomes.jsonl").open("ab") as journal:
        journal.write('{"结果": "成'.encode()[:-1])  # a line that was torn in the middle of a character
    night.run(out, "--resume")
    assert night.check(out) == len(night.sources)
    return f"killed after {done} of {len(night.sources)} units, all packets as built alone"


# -------------------------------------------------------------------------------------------------------- disk


def disk(night: Night) -> str:
    if os.geteuid() != 0:
        return "skipped: a small disk can be mounted by root only"
    # A third of the packets, beside what a run keeps free to tell of them.
    size = (
        sum(len(data) for files in night.alone.values() for data in files.values()) // 3
        + 2**19
        + 1000 * len(night.alone)
    )
    with small_disk(night.folder / "小盘", size) as place:
        out = place / "结果"
        night.run(out, code=1)
        written = night.check(out, cause="磁盘满了")
        assert 0 < written < len(night.sources)
        subprocess.run(["mount", "-o", f"remount,size={size * 10}", str(place)], check=True)
        night.run(out, "--resume")
        assert night.check(out) == len(night.sources)
    return f"{written} of {len(night.sources)} packets fitted, the others named the full disk; all after --resume"


@contextmanager
def small_disk(place: Path, size: int) -> Iterator[Path]:
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


# ----------------------------------------------------------------------------------------------------- cluster


def cluster(night: Night) -> str:
    if importlib.util.find_spec("distributed") is None:
        return "skipped: Dask is not installed"
    out = night.folder / "集群"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard", "--host", address]
    work = [
        sys.executable,
        "-m",
        "distributed.cli.dask_worker",
        address,
        "--nthreads",
        "1",
        "--no-dashboard",
        "--no-nanny",
    ]
    processes = [started(dask, night.folder)]
    try:
        processes += [started([*work, "--name", str(n)], night.folder) for n in range(2)]
        run = subprocess.Popen(night.command(out, "--scheduler", address), env=ENVIRONMENT, stdout=subprocess.DEVNULL)
        wait_for(out, len(night.sources) // 2, run)
        processes[1].kill()
        assert run.wait(600) == 0
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert night.check(out) == len(night.sources)
    return f"{len(night.sources)} packets as built alone, one of two workers killed half-way"


def started(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, env=ENVIRONMENT, cwd=folder, stdout=quiet, stderr=quiet)


NIGHTS = {"faults": faults, "kill": kill, "disk": disk, "cluster": cluster}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", nargs="?", type=int, default=200)
    parser.add_argument("--only", default=",".join(NIGHTS))
    parser.add_argument("--seed", type=int, default=8)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="budgetgen-faults-") as name:
        night = Night(Path(name), given.count, given.seed)
        failed = [which for which in given.only.split(",") if not survived(which, night)]
    sys.exit(1 if failed else 0)


def survived(which: str, night: Night) -> bool:
    """Whether everything was as it must be after one of the nights; what was not is told."""
    try:
        told = NIGHTS[which](night)
    except Exception:  # noqa: BLE001 - the next night comes all the same
        traceback.print_exc()
        print(f"{which:8} FAILED", flush=True)
        return False
    print(f"{which:8} {told}", flush=True)
    return True


if __name__ == "__main__":
    main()
