"""Deeds that others do or that leave a document: processors told to act, and destruction with its act."""
