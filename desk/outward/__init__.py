"""What leaves for a requester: acknowledgements, replies, progress, and the envelopes they travel in."""
