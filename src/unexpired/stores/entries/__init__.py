"""How a session looks where it is kept: as our own stores write it, and as the AWS CLI does."""
