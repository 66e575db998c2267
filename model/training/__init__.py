"""A training run of the application: from a run directory to a version."""
