"""Workbench: where people work. The session that holds the truth, and the widgets that show it."""
