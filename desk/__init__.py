"""The domain: intake, tickets, clocks, replies and reminders. Knows channels only through desk.ports."""
