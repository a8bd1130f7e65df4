"""Many units in one run: one bad unit never costs another, and a run that was stopped goes on where it was.

    find → identify → refuse → build → tell

Inputs and decisions are kept in `ledger`, outcomes stream to `outcomes.jsonl` (`journal`), units are built by worker
processes (`pool`, `worker`) or on a cluster (`cluster`); `run` knows the order.
"""

from __future__ import annotations

from budgetgen.batch.basis import Settings
from budgetgen.batch.inputs import WRONG_INPUTS
from budgetgen.batch.run import Options, Told, run, usual_jobs

__all__ = ["WRONG_INPUTS", "Options", "Settings", "Told", "run", "usual_jobs"]
