"""The checks of `rightsdesk doctor`: each says what it found and what to do, and none hides another."""
