"""Signing in: allauth's pages in the product's look, for staff only. Roles and rights are `bot.permissions`."""
