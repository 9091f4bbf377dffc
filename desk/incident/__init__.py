"""Incidents: what is known of a breach, the notices to the authority, and the notices to the people concerned."""
