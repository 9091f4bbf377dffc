"""Which tickets are one matter: what looks alike, what is merged or taken apart, what a requester moves elsewhere."""
