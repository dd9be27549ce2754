"""Public: what a project needs to test its own jobs against credentials that expire."""
