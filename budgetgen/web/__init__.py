"""The page: one protocol of plain functions, a worker in the browser and a local server behind it."""
