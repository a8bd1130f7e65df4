"""Many units in one run: one bad unit never costs another, and a run that was stopped goes on where it was.

    find → identify → refuse → build → tell

`run` knows the order; `inputs` finds and refuses, `job` is what is done with one unit, by processes of one machine
(`workers`) or of a cluster (`cluster`); `folder` holds what the run writes beside the packets, `results` the tables of
outcomes. Workers import this package: it imports nothing itself.
"""
