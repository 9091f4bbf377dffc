"""What a ticket is made of: its requester, demands, clocks, legs, files, notes and staff."""
