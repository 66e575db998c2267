"""What names of labels mean, before any mark."""
