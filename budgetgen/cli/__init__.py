"""The command line. Everything a person reads is Chinese; exit codes: 0 written, 1 errors, 2 wrong usage."""

from __future__ import annotations

from budgetgen.cli.app import app, main, run

__all__ = ["app", "main", "run"]
