"""Learning from many labels of which most are unknown. Knows nothing of the web application."""
