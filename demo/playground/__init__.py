"""The playground: the fakes of all providers in one process, with a page each where a person plays the customer.

It is no part of the product: it knows the fakes in `tests/fakes` and talks to the product over HTTP alone.
"""
