"""Trains the net of desk.recognising.net from letters that a grammar writes; needs scikit-learn, and runs only by hand."""
