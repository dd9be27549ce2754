"""The loopback page of the agent: its keys, and what it shows."""
