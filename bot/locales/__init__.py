"""The bot's words: `<language>.po`, and the template `bot.pot` that `python -m bot.locales.extract` writes."""
