"""The demo: the whole desk on one machine, with a local Telegram and a local mail server instead of accounts."""
