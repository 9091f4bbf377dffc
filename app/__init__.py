"""The running program: settings, composition, scheduling, commands, health and logs."""

__version__ = "0.1.0"
