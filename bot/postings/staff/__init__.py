"""What the bot posts in the staff group: topics, cards, the requester's words, notices, reminders, the digest."""
