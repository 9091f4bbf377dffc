"""How words are told apart for `desk.recognising.letter`: normal forms, languages, patterns and the wording itself as data."""
