"""A local Telegram (Bot API over HTTP) and a local mail server, for the demo and the tests. Imports nothing of the product."""
