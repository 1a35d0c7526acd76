"""How hard the properties of this folder are tried: `--hypothesis-profile=full` for 20,000 cases each."""

from hypothesis import settings

settings.register_profile("full", max_examples=20_000, deadline=None, database=None)
