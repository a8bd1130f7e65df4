"""A worker: a fresh Python that takes calls from its parent, one at a time, until the parent is gone.

`python -m budgetgen.batch.worker`: pickled messages of known length on stdin and stdout. A process of its own making
(never a fork) is the same on every system, and may also be started from a cluster's worker.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from budgetgen.batch.messages import READY, Failed, receive, send

_STOPPED, _NOT_UNDERSTOOD = 143, 70


def main() -> None:
    """Answer calls until the parent closes the pipe, or is no more."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get among the answers
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_STOPPED))  # so that files aside are cleared and LibreOffice ends
    calls: SimpleQueue[tuple[Callable[[Any], Any], Any]] = SimpleQueue()
    threading.Thread(target=_listen, args=(calls,), daemon=True).start()
    send(answers, READY)
    while True:
        function, argument = calls.get()
        answer = _answer(function, argument)
        send(answers, answer)
        if isinstance(answer, Failed) and answer.memory:
            sys.exit(0)  # a fresh process has its memory in one piece


def _listen(calls: SimpleQueue[tuple[Callable[[Any], Any], Any]]) -> None:
    """Pass on what the parent sends; end at once when it is gone, whatever is under way."""
    stream = os.fdopen(0, "rb", closefd=False)
    try:
        while True:
            calls.put(receive(stream))
    except EOFError:
        os._exit(0)
    except BaseException:  # noqa: BLE001 - a call that can't be understood: the parent is told by the end of this process
        traceback.print_exc()
        os._exit(_NOT_UNDERSTOOD)


def _answer(function: Callable[[Any], Any], argument: Any) -> Any:
    try:
        return function(argument)
    except MemoryError:
        return Failed("内存不够。", "", memory=True)
    except Exception as e:  # noqa: BLE001 - one unit's failure, of whatever kind, is told and never ends the run
        return Failed(f"程序出错：{type(e).__name__}：{e}", traceback.format_exc())


if __name__ == "__main__":
    main()
