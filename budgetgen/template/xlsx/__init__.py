"""Workbook templates."""
