"""How words are told apart for `desk.recognise`: normal forms, languages, patterns and the wording itself as data."""
