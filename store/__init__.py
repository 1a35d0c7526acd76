"""All persistence and every transaction. Rules belong in `core`, verbs in `bot`."""
