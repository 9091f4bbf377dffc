"""What the delivery does for each errand of the outbox (docs/architecture.md holds the table)."""
