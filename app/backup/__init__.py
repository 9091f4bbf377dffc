"""Backups: one folder with the database, the vault and a manifest, made while the service runs; and the way back."""
