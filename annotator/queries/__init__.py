"""The readers. Nothing here writes."""
