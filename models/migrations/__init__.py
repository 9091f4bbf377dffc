"""Changes of the tables, in order; `python -m models.store.migrating make NAME` writes the next one."""
