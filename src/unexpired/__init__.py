"""Keeps AWS credentials fresh for every tool on the box, and tells why when they weren't."""

__version__ = "0.1.0"
