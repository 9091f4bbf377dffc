"""Answers: letters that answer, made from templates and facts, filled in by staff and sent over no gap."""
