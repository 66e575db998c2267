"""How fast: steps, inference, arrivals."""
