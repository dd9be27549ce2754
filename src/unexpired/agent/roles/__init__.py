"""The roles of an agent: each kept fresh, all of them at one pace to STS."""
