"""A small Meta that runs as a process of its own: it knows nothing of the service and speaks HTTP to it, as Meta does."""
