"""Django's admin: look at every table, and run the training of a project."""

from django.contrib import admin

from annotator.admin import projects, tables

__all__ = ["projects", "tables"]

admin.site.site_header = "Tern, behind the scenes"
admin.site.site_title = "Tern"
admin.site.index_title = "Training of projects, accounts, and every table to look at"
