"""What may be written to this machine's disk, and by whom at a time: private files, and locks between processes."""
