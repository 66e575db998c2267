"""What to ask next, and what answers say about the rest. numpy and scipy only."""
