"""What each command does; one module for those that belong together, imported when one of them is called."""
