"""Trains the net and the balance of desk.recognising from letters of many hands; needs scikit-learn, and runs only by hand."""
