"""The settings: declared with their meaning, read from file and environment, and turned into the law's counting."""
