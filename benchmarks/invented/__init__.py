"""Invented units: what `benchmarks/generate.py` writes. Nothing here knows budgetgen; only its files are read.

All money is whole 分 in an int, all draws come from `Draw`, and nothing is ever iterated in an order that a platform
could choose: the same seed gives the same bytes everywhere.
"""
