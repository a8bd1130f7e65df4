"""`python -m budgetgen`."""

from budgetgen.cli import main

if __name__ == "__main__":  # a worker of a batch may import this
    main()
