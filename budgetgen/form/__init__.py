"""The 填报表.xlsx: the same input as the YAML, sheet by sheet. Read here; written by `budgetgen.form.writer`."""
