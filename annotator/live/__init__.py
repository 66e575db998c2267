"""Live updates: the Event table is the news; sockets are only told what it holds."""
