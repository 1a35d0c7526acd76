"""Django's settings where pages are served: sessions, sign-in, templates, static files, security headers."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

from bot.django_settings import *  # noqa: F403
from bot.django_settings import INSTALLED_APPS as TABLES
from bot.django_settings import THREADLINE
from store.vault import open_vault
from web.admin.look import UNFOLD as UNFOLD

WEB = Path(__file__).resolve().parent
PUBLIC = urlsplit(THREADLINE.public_url)
IS_HTTPS = PUBLIC.scheme == "https"

SECRET_KEY = hashlib.sha256(
    open_vault(THREADLINE.state / "secrets.json").sign("django", b"secret key")
).hexdigest()
ALLOWED_HOSTS = [
    *THREADLINE.web.allowed_hosts,
    *([PUBLIC.hostname] if PUBLIC.hostname else []),
    *(["localhost", "127.0.0.1", "[::1]"] if THREADLINE.web.host in {"127.0.0.1", "::1"} else []),
]
ROOT_URLCONF = "web.urls"
INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    *TABLES,
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "web.account",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "web.desk",
    "web.leads",
    "web.company",
    "web.admin",
    "web.portal",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "web.middleware.SecurityHeaders",
    "web.storable.Storable",
    "web.api.door.ApiDoor",
    "web.static_files.Static",
    "web.middleware.Compressed",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "web.own_terms.OwnTerms",
    "web.account.sitting.Sitting",
    "web.account.second_step.SecondStep",
    "web.storable.StorableForms",
    "web.middleware.Problems",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [WEB / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ]
        },
    }
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "web.account.adapter.StaffOnly"
ACCOUNT_SESSION_REMEMBER = False
# Wrong passwords and codes are counted in the database (`web.account.tries`): these counts are per process.
# "login" counts right ones too, and only keeps one address from making this process hash for it all day.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": None}
MFA_FORMS = {
    "activate_totp": "web.account.codes.ActivateTOTPForm",
    "authenticate": "web.account.codes.AuthenticateForm",
    "reauthenticate": "web.account.codes.ReauthenticateForm",
    "login_webauthn": "web.account.keys.LoginWebAuthnForm",
    "authenticate_webauthn": "web.account.keys.AuthenticateWebAuthnForm",
    "reauthenticate_webauthn": "web.account.keys.ReauthenticateWebAuthnForm",
}
MFA_ADAPTER = "web.account.second_words.SecondStepWords"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/account/login/"

SESSION_ENGINE = "web.account.sitting"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "threadline_session"
DEVICE_COOKIE_NAME = "__Host-device" if IS_HTTPS else "threadline_device"
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "threadline_csrf"
CSRF_FAILURE_VIEW = "web.portal.views.stale"
CSRF_TRUSTED_ORIGINS = [THREADLINE.public_url] if PUBLIC.hostname else []
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
X_FRAME_OPTIONS = "DENY"

STATIC_URL = "/static/"
STATICFILES_DIRS = [WEB / "static"]  # what stands in for a library's file of the same name
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "web.static_files.Versioned"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("es", "Español"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("pt", "Português"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [WEB / "locale"]
FORMAT_MODULE_PATH = ["web.formats"]
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
