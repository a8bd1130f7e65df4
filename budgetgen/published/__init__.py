"""The nine tables of a packet that others published → accounts. The only room that guesses; a word is said of each guess."""

from __future__ import annotations

from budgetgen.published.disclosed import Disclosed, read_document, read_sheets_of

__all__ = ["Disclosed", "read_document", "read_sheets_of"]
