"""Telegram: the only importer of aiogram; the requester side, the staff side and delivery."""

from bot.late import put_off

put_off()
