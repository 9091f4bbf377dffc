"""The record: what proves a matter afterwards - the history and what it answers for, its anchors, the letters as they left."""
