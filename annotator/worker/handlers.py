"""Every module that holds the handler of a kind of job. Importing this one makes all kinds known to `jobs.registry`."""

from annotator.actions import closing_job, import_job, snapshots, training_jobs

MODULES = (closing_job, import_job, snapshots, training_jobs)
