"""Who is told in time that a date comes close: the sweep of clocks, the morning digest, alerts beside Telegram."""
