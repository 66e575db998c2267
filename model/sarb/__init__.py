"""SARB, the paper's network."""
