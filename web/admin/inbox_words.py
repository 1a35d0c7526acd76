"""What the settings of a channel are called where people fill them in. What a provider's console names stands in the provider's own words, whatever the language: there it is looked for."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

Text = str | Promise
BEFORE = "previous_"
_TOKEN_URL, _CLIENT_ID, _CLIENT_SECRET = "Token URL", "Client ID", "Client Secret"
_ENCRYPTION, _SERVER, _PORT = (
    gettext_lazy("encryption"),
    gettext_lazy("server"),
    gettext_lazy("port"),
)
_USER, _PASSWORD, _TOKEN = (
    gettext_lazy("user"),
    gettext_lazy("password"),
    gettext_lazy("access token"),
)


def _of(owner: str, what: Text) -> Text:
    return format_lazy("{}: {}", owner, what)


NAMED: dict[str, Text] = {
    # mail
    "address": gettext_lazy("Address"),
    "name": gettext_lazy("Name of the sender"),
    "aliases": gettext_lazy("Other addresses of this mailbox"),
    "answers_from_aliases": gettext_lazy("Who wrote to one of these is answered from it"),
    "forms": gettext_lazy("Addresses that forms of your website write from"),
    "signature": gettext_lazy("Lines beneath each mail"),
    "receives": gettext_lazy("How mail comes in"),
    "listen_host": gettext_lazy("Address to listen at"),
    "listen_port": gettext_lazy("Port to listen at"),
    "imap_host": _of("IMAP", _SERVER),
    "imap_port": _of("IMAP", _PORT),
    "imap_security": _of("IMAP", _ENCRYPTION),
    "imap_user": _of("IMAP", _USER),
    "imap_password": _of("IMAP", _PASSWORD),
    "imap_token": _of("IMAP", _TOKEN),
    "oauth_token_url": _of("OAuth", _TOKEN_URL),
    "oauth_client_id": _of("OAuth", _CLIENT_ID),
    "oauth_client_secret": _of("OAuth", _CLIENT_SECRET),
    "oauth_refresh_token": _of("OAuth", "Refresh Token"),
    "mailbox": gettext_lazy("Folder that is read"),
    "sent_mailbox": gettext_lazy("Folder of sent mail"),
    "poll_seconds": gettext_lazy("Seconds between two looks"),
    "smtp_host": _of("SMTP", _SERVER),
    "smtp_port": _of("SMTP", _PORT),
    "smtp_security": _of("SMTP", _ENCRYPTION),
    "smtp_user": _of("SMTP", _USER),
    "smtp_password": _of("SMTP", _PASSWORD),
    "smtp_token": _of("SMTP", _TOKEN),
    "smtp_seconds": gettext_lazy("Seconds that an answer is waited for"),
    "reply_address": gettext_lazy("Address that reply addresses are made from"),
    "reply_secret": gettext_lazy("Secret that signs reply addresses"),
    "signed_bounces": gettext_lazy("Bounces come to the signed address"),
    "authserv_id": gettext_lazy("Name of our mail server in Authentication-Results"),
    "fallback_subject": gettext_lazy("Subject of a reply to a mail without one"),
    "message_bytes": gettext_lazy("Largest mail, in bytes"),
    # several
    "seconds": gettext_lazy("Seconds that an answer is waited for"),
    "api_seconds": gettext_lazy("Seconds that an answer is waited for"),
    "api_url": gettext_lazy("Address of the provider’s API"),
    "greeting": gettext_lazy("Greeting"),
    "language": gettext_lazy("Language"),
    "languages": gettext_lazy("Languages"),
    # Meta
    "product": gettext_lazy("Service"),
    "account": gettext_lazy("Id of the number, page or account"),
    "app_id": "App ID",
    "app_secret": "App Secret",
    "verify_token": "Verify Token",
    "access_token": "Access Token",
    "version": gettext_lazy("Version"),
    "template": gettext_lazy("Template for late answers"),
    "template_language": gettext_lazy("Language of the template"),
    "menu_label": gettext_lazy("Words on the button that opens a list"),
    # Slack
    "team": "Workspace ID",
    "bot_token": "Bot Token",
    "signing_secret": "Signing Secret",
    "app_token": "App-Level Token",
    "client_id": _CLIENT_ID,
    "client_secret": _CLIENT_SECRET,
    "channels": gettext_lazy("Channels in which every message counts"),
    "prompts": gettext_lazy("Questions that are offered"),
    "assistant": gettext_lazy("With the view for assistants"),
    "words": gettext_lazy("What the app itself says"),
    "seconds_apart": gettext_lazy("Seconds between two messages in a channel"),
    # Twilio
    "account_sid": "Account SID",
    "auth_token": "Auth Token",
    "api_key_sid": "API Key SID",
    "api_key_secret": "API Key Secret",
    "messaging_service_sid": "Messaging Service SID",
    "number": gettext_lazy("Telephone number"),
    "answer_segments": gettext_lazy("Most segments of an answer"),
    "mms": gettext_lazy("The number can send MMS"),
    "quiet_hours": gettext_lazy("Quiet hours"),
    "urgent_replies": gettext_lazy("Colleagues may send urgent replies in quiet hours"),
    "keywords_by": gettext_lazy("Who answers STOP and HELP"),
    "more_stop_words": gettext_lazy("Further words that mean STOP"),
    "help_text": gettext_lazy("Answer to HELP"),
    "stop_text": gettext_lazy("Answer to STOP"),
    "start_text": gettext_lazy("Answer to START"),
    "company": gettext_lazy("Name of the company"),
    "locale": gettext_lazy("Language of a region, as es-MX"),
    "voice": gettext_lazy("Voice"),
    "hints": gettext_lazy("Words that callers are likely to say"),
    "confidence": gettext_lazy("How surely words must be heard, from 0 to 1"),
    "patience_seconds": gettext_lazy("Seconds of silence that are waited for"),
    "answer_characters": gettext_lazy("Longest answer, in characters"),
    "voicemail_seconds": gettext_lazy("Longest voicemail, in seconds"),
    "puts_through": gettext_lazy("Callers are connected with people"),
    "line_minutes": gettext_lazy("Longest wait in line, in minutes"),
    "hold_music": gettext_lazy("Address of the music in line"),
    "records_talks": gettext_lazy("Talks are recorded if the caller agrees"),
    "ring_seconds": gettext_lazy("Seconds that a colleague’s telephone rings"),
    # Teams
    "tenant_id": "Tenant ID",
    "more_tenants": gettext_lazy("Other tenants whose people may write"),
    "any_tenant": gettext_lazy("Whoever has installed the app may write"),
    "login_tenant": gettext_lazy("Tenant that our tokens come from"),
    "issuer": "Issuer",
    "metadata_url": "Metadata URL",
    "login_url": "Login URL",
    "service_url": "Service URL",
    # Telegram
    "username": gettext_lazy("Name of the bot, without @"),
    "secret_token": gettext_lazy("Secret of the webhook"),
    # our chat
    "identity_secret": gettext_lazy("Secret that your website signs with"),
    "allowed_origins": gettext_lazy("Websites that may show this chat"),
    "token_days": gettext_lazy("Days for which a visitor finds the conversation again"),
    "look": gettext_lazy("Look"),
    "asks_for": gettext_lazy("Asked before the first message"),
    "greetings": gettext_lazy("Words that come up by page and time"),
    "office_hours": gettext_lazy("Calendar of the office hours"),
    # attached systems
    "source": gettext_lazy("Name of the system"),
    "url": gettext_lazy("Address that replies are posted to"),
    "incoming_secret": gettext_lazy("Secret that you sign with"),
    "outgoing_secret": gettext_lazy("Secret that we sign with"),
}
_ELSEWHERE: dict[tuple[str, str], Text] = {
    ("webchat", "signing_secret"): gettext_lazy("Secret that signs conversations"),
    ("webchat", "previous_secret"): format_lazy(
        "{} ({})", gettext_lazy("Secret that signs conversations"), gettext_lazy("the one before")
    ),
}
RARE = {
    "api_seconds", "api_url", "authserv_id", "fallback_subject", "issuer", "listen_host", "listen_port", "login_tenant",
    "login_url", "message_bytes", "metadata_url", "poll_seconds", "reply_address", "seconds", "seconds_apart",
    "sent_mailbox", "service_url", "signed_bounces", "smtp_seconds", "version", "words", "menu_label", "hints",
    "confidence", "patience_seconds", "answer_characters", "voicemail_seconds", "line_minutes", "ring_seconds",
    "token_days", "answer_segments", "messaging_service_sid", "more_stop_words",
}  # fmt: skip
"""What most people leave as it is, and secrets that are being changed (`BEFORE`): asked for behind all others."""
_VALUES: dict[str, Text] = {
    "tls": "TLS",
    "starttls": "STARTTLS",
    "none": gettext_lazy("none"),
    "imap": "IMAP",
    "lmtp": "LMTP",
    "smtp": "SMTP",
    "whatsapp": "WhatsApp",
    "messenger": "Messenger",
    "instagram": "Instagram",
    "twilio": "Twilio",
    "us": "Threadline",
    "en": "English",
    "es": "Español",
    "de": "Deutsch",
    "fr": "Français",
    "pt": "Português",
    "ar": "العربية",
}


def named(channel: str, setting: str) -> Text:
    """What a setting of this channel is called; one that has no words yet, by its name."""
    if (channel, setting) in _ELSEWHERE:
        return _ELSEWHERE[channel, setting]
    if setting.startswith(BEFORE):
        now = named(channel, setting.removeprefix(BEFORE))
        return format_lazy("{} ({})", now, gettext_lazy("the one before"))
    return NAMED.get(setting) or setting.replace("_", " ").capitalize()


def is_rare(setting: str) -> bool:
    """Whether most people leave it as it is."""
    return setting.startswith(BEFORE) or setting in RARE


def value(word: str) -> Text:
    """What a choice is called; an address or a code stands for itself."""
    return _VALUES.get(word, word)
