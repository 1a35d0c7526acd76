"""Pages on which a company sets itself up: settings, first steps, channels, looks, roles. The deeds are verbs in `bot`."""
