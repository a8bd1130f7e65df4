"""What a unit's accounts are: frozen, each field declared once with its Chinese name."""

from budgetgen.model.accounts import Accounts, Loaded, Payment, Share, child_path, entry_path, item_path
from budgetgen.model.declarations import FIRST_YEAR, Declared
from budgetgen.model.sections import FISCAL_FUNDS, Line, Waiver
from budgetgen.money import Amount

__all__ = [
    "FIRST_YEAR",
    "FISCAL_FUNDS",
    "Accounts",
    "Amount",
    "Declared",
    "Line",
    "Loaded",
    "Payment",
    "Share",
    "Waiver",
    "child_path",
    "entry_path",
    "item_path",
]
