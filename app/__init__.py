"""The running program: settings, composition, scheduling, commands, health and logs."""
