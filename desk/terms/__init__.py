"""What becomes of a term: its steps, refusal, extension, corrections, confirmation and repeats."""
