"""What the bot posts in a requester's private chat."""
