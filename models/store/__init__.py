"""Where rows live: the two engines, connections, transactions, locks, leases, migrations."""
