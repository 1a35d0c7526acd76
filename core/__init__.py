"""Nouns and rules of customer support; standard library only, no I/O, never reads the clock."""
