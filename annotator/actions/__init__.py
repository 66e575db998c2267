"""The only writers. Each action checks, writes and publishes its event in one transaction."""
