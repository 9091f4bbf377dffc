"""How a ticket is read: the card, lists, and the whole of it for JSON."""
