"""What the sources share: the shared files, the chain of providers, calls to STS, and what their failures mean."""
