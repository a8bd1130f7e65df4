"""The command line. Everything a person reads is Chinese; exit codes: 0 written, 1 errors, 2 wrong usage."""

from __future__ import annotations

from budgetgen.cli import batch, build, check, explain, forms, template
from budgetgen.cli.app import app, main

__all__ = ["app", "batch", "build", "check", "explain", "forms", "main", "template"]
