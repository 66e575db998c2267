"""Django's admin: look at every table, and run the training of a project."""

from annotator.admin import projects, tables

__all__ = ["projects", "tables"]
