"""The public API, `/api/v1`: what people do at the desk, for programs. It decides nothing: verbs are in `bot`."""
