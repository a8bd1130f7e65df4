"""`python -m budgetgen`."""

from budgetgen.cli import run

if __name__ == "__main__":  # a worker of a batch may import this
    run()
