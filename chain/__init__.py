"""MZ Chain: an EVM chain in Python and everything a person or a program says to it."""
