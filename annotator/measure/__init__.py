"""What suggestions are worth where the truth is known: imports, jobs and queue as in real use, figures at the end."""
