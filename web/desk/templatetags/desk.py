"""Template helpers of the desk: clock words, icons, and links that can only be links."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from django import template
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from bot.replying import MOST_FILES
from bot.rich import literal, read
from channels.registry import channel_class
from core.rich import Rich
from core.rich_html import html_of
from store.desk import Row
from store.many import Many
from store.models import Inbox, User
from web.desk import dossier_words, services, words

register = template.Library()
_AWAY = ' target="_blank" rel="noopener noreferrer"'


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """An icon of the sprite; decoration, so that a word must stand beside it."""
    return format_html(
        '<svg class="icon" width="{0}" height="{0}" aria-hidden="true"><use href="{1}#{2}"></use></svg>',
        size,
        static("desk/icons.svg"),
        name,
    )


@register.filter
def counted(number: int) -> str:
    """A number of tickets; with a plus where there are more than were counted."""
    if isinstance(number, Many):
        return f"{formats.number_format(number, force_grouping=True)}+"
    return str(number)


@register.filter
def time_there(at: datetime) -> str:
    """Hours and minutes on the clock that a moment is told on, which need not be the reader's."""
    return f"{at:%H:%M}"


@register.filter
def safe_link(url: str) -> str:
    """The address if it is a web or mail address or a path of ours; empty otherwise."""
    parts = urlsplit(str(url))
    is_path = not parts.scheme and not parts.netloc and str(url).startswith("/")
    return str(url) if is_path or parts.scheme in {"http", "https", "mailto"} else ""


@register.filter
def formed(rich: Rich) -> SafeString:
    """Words with their form. Everything in them is escaped where they become a page."""
    return mark_safe(html_of(rich, _AWAY))  # noqa: S308


@register.filter
def formed_as_typed(typed: str) -> SafeString:
    """Words that wait to be said, with the form that was typed."""
    return formed(read(typed))


@register.filter
def as_typed(text: str) -> str:
    """Plain words as they are typed where signs mean something."""
    return literal(text)


@register.simple_tag
def moment(at: datetime, *, now: datetime | None = None, timed: bool = False) -> SafeString:
    """The time of day, or the day where that is not today (`timed`: and the time), with the full date and zone on hover."""
    local = timezone.localtime(at)
    full = f"{formats.date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"
    is_today = now is None or local.date() == timezone.localtime(now).date()
    short = formats.time_format(local, "H:i") if is_today else formats.date_format(local, "j M")
    if timed and not is_today:
        short = f"{short} {formats.time_format(local, 'H:i')}"
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), full, short)


@register.filter
def titled(subject: str) -> str:
    """What a ticket is about."""
    return words.title(str(subject))


@register.filter
def lasted(seconds: int) -> str:
    """Minutes and seconds of a call, hours where there are any: `0:07`, `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


@register.filter
def mark_name(mark: str) -> str:
    """What a mail's parts say of it."""
    return words.mark(str(mark))


@register.simple_tag
def day(at: datetime) -> str:
    """A day's name between messages."""
    return formats.date_format(timezone.localtime(at), "l j F")


@register.simple_tag
def row_clock(row: Row, now: datetime) -> SafeString:
    """The pressing clock of a list row, in words and colour."""
    if row.status in {"resolved", "closed"}:
        return format_html('<span class="clock met">{}</span>', words.STATUSES[row.status])
    if row.due is None:
        return SafeString("")
    return format_html(
        '<span class="clock {}" title="{}">{}</span>',
        words.tone(row.due),
        words.clock(row.due.clock),
        words.due(row.due, now),
    )


@register.filter
def channel_name(name: str) -> str:
    """A channel's name for people."""
    return words.channel(name)


@register.filter
def way_name(inbox: Inbox) -> str:
    """An inbox's channel, or its service, for people."""
    return services.name_of(inbox)


@register.filter
def priority_name(priority: int) -> str:
    """A priority's name for people."""
    return str(words.PRIORITIES[priority])


@register.filter
def role_name(user: User) -> str:
    """What a person's role is called: by the company where it is one of its own."""
    return user.custom_role.name if user.custom_role else str(words.ROLES[user.role])


@register.filter
def relation_name(name: str) -> str:
    """What one ticket is to another."""
    return dossier_words.relation(name)


@register.filter
def status_name(status: str) -> str:
    """A ticket status's name for people."""
    return str(words.STATUSES[status])


@register.filter
def file_size(count: int) -> str:
    """A file's size in words."""
    return words.size(count)


@register.filter
def files_told(channel: str) -> str:
    """How many files a message of this channel may have, and how large."""
    told = {"count": MOST_FILES, "size": words.size(channel_class(channel).can.attachment_bytes)}
    return gettext("At most %(count)s files, together %(size)s.") % told


@register.filter
def who_said(line: object) -> str:
    """Whose words a line of the thread is."""
    look, item = line.look, line.item  # type: ignore[attr-defined]
    if look == "customer":
        return gettext("Customer")
    if look == "bot":
        return gettext("Assistant")
    if look == "system":
        return gettext("Automatic message")
    return str(item.name)
