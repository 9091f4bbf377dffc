"""Changes of the tables, in order; `python -m models.migrating make NAME` writes the next one."""
