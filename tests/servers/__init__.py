"""Real servers for the tests (Dovecot, an MTA, PostgreSQL), started without root on high loopback ports."""
