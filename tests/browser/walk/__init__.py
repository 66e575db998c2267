"""An hour of work at a hundredfold speed: people at the page, the network between, and what must agree at the end."""
