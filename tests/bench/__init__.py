"""Measures this machine: Threadline end to end against stock Rasa, in one run, alternating. Needs a source checkout."""
