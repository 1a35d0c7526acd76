"""Django's settings for processes that only use the tables: no pages, no sessions. `web.django_settings` adds those."""

from __future__ import annotations

from bot.settings import Settings

THREADLINE = Settings()

DEBUG = False
SECRET_KEY = "not used by processes that serve no pages"  # noqa: S105 - nothing is signed with it
USE_TZ = True
TIME_ZONE = "UTC"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "store"]
AUTH_USER_MODEL = "store.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": THREADLINE.django_database()}
LOGGING_CONFIG = None
