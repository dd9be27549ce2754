"""What the stores that keep files are made of: how an entry looks, who may read it, and who renews."""
