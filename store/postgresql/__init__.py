"""The database backend that `ENGINE` names. Its door is `base`."""
