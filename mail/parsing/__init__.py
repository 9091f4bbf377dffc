"""A letter's bytes become words, names and files, however broken they are."""
