"""The way of a request through the desk: stored, matched, taken in, delivered, settled, or put aside for a person."""
