"""What is to be seen of an agent: status, table, live screen, page, metrics."""
