"""Bringing pictures and labels in: where pictures come from, how they are decoded, what a label table says."""
