"""The chat widget: its script, words and looks. Routes and streams do not belong here."""
