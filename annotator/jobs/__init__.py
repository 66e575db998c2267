"""Background work. A Job row with a lease is the job; the task engine only carries wake-ups."""
