"""Telegram: the only importer of aiogram; the requester side, the staff side and delivery."""
