"""Reads sentences like a reader: clauses, lemmas, what is done to what, and whether that is asked, done, told or denied."""
