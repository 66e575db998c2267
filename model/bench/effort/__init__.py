"""How much human work: simulated annotators, doubts, blind audits."""
