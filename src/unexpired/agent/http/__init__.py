"""HTTP as the doors speak it: what listens, who connects, how a request is read, and who may ask."""
