"""A small history of tables, for tests of migrating; 0006 fails half-way on purpose."""
