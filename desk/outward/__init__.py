"""What is written to a requester: acknowledgements, replies, progress, closing; and alerts to staff by mail."""
