"""The settings that people edit, in Django's admin with unfold's look. Saving is a verb of `bot.company`."""
