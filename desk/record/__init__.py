"""The record: what proves a matter afterwards - the sealed history, what came and left as it was, the journal, the dossier."""
