"""Tells a person that only a person can continue."""
