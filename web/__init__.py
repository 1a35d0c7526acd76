"""Where people work: chat, desk, portal, admin, API, and the ASGI app that holds them. Deeds are verbs of `bot`."""
