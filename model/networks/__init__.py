"""Any network with partial labels: its inputs, losses and the training loop."""
