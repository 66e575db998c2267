"""Limits that several layers share."""

from datetime import timedelta

# What is deleted stays in the database, out of sight, for so long.
DAYS_TO_TAKE_BACK = timedelta(days=30)
