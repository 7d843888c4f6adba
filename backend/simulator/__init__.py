"""A small Meta that runs as a process of its own and speaks HTTP to the service, as Meta does."""
