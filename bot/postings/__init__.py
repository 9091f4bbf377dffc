"""What the delivery does for each act of the outbox (docs/architecture.md holds the table)."""
