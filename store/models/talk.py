"""Tables of what was said, by whom and where. Ciphertext columns end in `_cipher`; `store.vault` opens them."""

from __future__ import annotations

from django.db import models

from store.models.base import CurrentTransaction, Row
from store.models.people import Brand, User


class Inbox(Row):
    """One account of one channel: a mailbox, a workspace, a number, a chat on a website."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    channel = models.CharField(max_length=32)
    settings_cipher = models.BinaryField(default=bytes)
    is_active = models.BooleanField(default=True)
    cursor = models.JSONField(default=dict, blank=True)
    cursor_fence = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "inboxes"

    def __str__(self) -> str:
        return self.name


class Address(Row):
    """Something a message can come from or go to. Its data key encrypts all that was said under it:
    destroying `key_wrapped` erases that for good, in backups too. `refuses`: ids of the inboxes from
    which its owner wants nothing, as a colleague noted; what customers say themselves is told by events. `asked_at`: when
    the provider was asked for the name, where messages bring none (`store.people`)."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=16)
    lookup = models.BinaryField(max_length=32)
    value_cipher = models.BinaryField()
    name_cipher = models.BinaryField(default=bytes)
    key_wrapped = models.BinaryField(null=True)
    verified = models.CharField(max_length=8, default="no")
    refuses = models.JSONField(null=True)
    asked_at = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "addresses"
        constraints = [
            models.UniqueConstraint(fields=["brand", "kind", "lookup"], name="address_lookup")
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(key_wrapped__isnull=True), name="address_erased"
            )
        ]


class Customer(Row):
    """A person: the set of live address links, nothing more. `preferred`: the agent that is theirs (`store.preferred`)."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    tier = models.CharField(max_length=16, default="standard")
    created_at = models.DateTimeField()
    preferred = models.ForeignKey(
        "store.Agent", null=True, on_delete=models.SET_NULL, related_name="+"
    )


class AddressLink(Row):
    """Evidence that an address belongs to a customer. Undone, never deleted."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    address = models.ForeignKey(Address, on_delete=models.CASCADE)
    evidence = models.CharField(max_length=32)
    weight = models.FloatField(default=1.0)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    linked_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address"], condition=models.Q(undone_at=None), name="one_live_link"
            )
        ]


class Tie(Row):
    """Evidence that two addresses, in the order of their ids, belong to one person (`core.customer`); the live
    address links follow from the live ties. Undone, never deleted."""

    one = models.ForeignKey(Address, on_delete=models.CASCADE, related_name="ties_from")
    other = models.ForeignKey(Address, on_delete=models.CASCADE, related_name="ties_to")
    kind = models.CharField(max_length=16)
    weight = models.FloatField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="ties_made")
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="ties_undone"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["one", "other", "kind"],
                condition=models.Q(undone_at=None),
                name="one_live_tie",
            )
        ]


class Conversation(Row):
    """One need of one customer. `contact`: where what people answer is also sent, through `contact_inbox`,
    for a customer whose own channel ends when they leave the page; what they have seen there, up to
    `seen_public_seq`, is not sent again. `claim` and `speaker_fence` are the numbers that make stale work void."""

    class Speaker(models.TextChoices):
        BOT = "bot"
        QUEUE = "queue"
        PERSON = "person"
        NOBODY = "nobody"

    class Status(models.TextChoices):
        OPEN = "open"
        RESOLVED = "resolved"
        CLOSED = "closed"

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, db_index=False)
    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT, db_index=False)
    address = models.ForeignKey(Address, on_delete=models.PROTECT, db_index=False)
    follows = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, db_index=False)
    contact = models.ForeignKey(
        Address, null=True, on_delete=models.PROTECT, related_name="contact_of", db_index=False
    )
    contact_inbox = models.ForeignKey(
        Inbox, null=True, on_delete=models.PROTECT, related_name="contact_of", db_index=False
    )
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    language = models.CharField(max_length=8, default="")
    subject_cipher = models.BinaryField(default=bytes)

    speaker = models.CharField(max_length=8, choices=Speaker, default=Speaker.BOT)
    speaker_user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False)
    speaker_fence = models.BigIntegerField(default=0)

    claim = models.BigIntegerField(default=0)
    claimed_by = models.CharField(max_length=64, default="")
    lease_until = models.DateTimeField(null=True)
    wants_turn_at = models.DateTimeField(null=True)
    turn_attempts = models.PositiveIntegerField(default=0)
    turns = models.PositiveIntegerField(default=0)
    state_cipher = models.BinaryField(default=bytes)

    last_seq = models.BigIntegerField(default=0)
    last_public_seq = models.BigIntegerField(default=0)
    seen_public_seq = models.BigIntegerField(default=0, db_default=0)
    opened_at = models.DateTimeField()
    last_message_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["wants_turn_at"],
                condition=models.Q(wants_turn_at__isnull=False),
                name="conversation_wants_turn",
            ),
            models.Index(fields=["address", "status"], name="conversation_of_address"),
            # Each index of this table is written twice a message on PostgreSQL, where a row that begins or ends to wait is
            # one of its own: nothing stands here for a reference that is hardly ever there, or says little where it is.
            models.Index(
                fields=["follows"],
                condition=models.Q(follows__isnull=False),
                name="conversation_follows",
            ),
            models.Index(
                fields=["contact"],
                condition=models.Q(contact__isnull=False),
                name="conversation_contact",
            ),
        ]

    def __str__(self) -> str:
        return f"{str(self.id)[:8]}, {str(self.opened_at)[:16]}"


class ConversationKey(models.Model):
    """A name under which a provider or a later message refers to a conversation."""

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, db_index=False)
    lookup = models.BinaryField(max_length=32)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE)
    key_cipher = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inbox", "lookup"], name="conversation_key")]


class Message(Row):
    """One message or note. `body_cipher` opens to the JSON of `store.bodies.Body`.

    `turn`: the number of the bot turn that answered it; None while an inbound message waits.
    """

    class Author(models.TextChoices):
        CUSTOMER = "customer"
        BOT = "bot"
        AGENT = "agent"
        SYSTEM = "system"

    class Kind(models.TextChoices):
        MESSAGE = "message"
        ANSWER = "answer"
        QUESTION = "question"
        NOTICE = "notice"
        SURVEY = "survey"
        NOTE = "note"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, db_index=False)
    address = models.ForeignKey(Address, on_delete=models.PROTECT)
    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT, db_index=False)
    author = models.CharField(max_length=8, choices=Author)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.MESSAGE)
    is_automatic = models.BooleanField(default=False)
    seq = models.BigIntegerField()
    turn = models.PositiveIntegerField(null=True)
    body_cipher = models.BinaryField()
    sent_at = models.DateTimeField()
    accepted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="message_seq"),
        ]
        indexes = [
            models.Index(
                fields=["conversation", "seq"],
                condition=models.Q(author="customer", turn=None),
                name="message_waiting",
            ),
            # What machines wrote is little among a million messages, and looked at newest first.
            models.Index(
                fields=["-accepted_at"],
                condition=models.Q(author="customer", is_automatic=True),
                name="message_kept",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_author_display()}, {str(self.accepted_at)[:16]}"


class Attachment(Row):
    """A file of a message. Each has a key of its own, sealed with the address's: it falls with the address."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE)
    name_cipher = models.BinaryField()
    media_type = models.CharField(max_length=120)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=64, default="")
    key_cipher = models.BinaryField(default=bytes)
    is_inline = models.BooleanField(default=False)
    content_id = models.CharField(max_length=200, default="")
    problem = models.CharField(max_length=200, default="")


class Event(models.Model):
    """Something that happened, append-only. `id` within `xid` is the global position; `seq` is gapless
    per conversation; `public_seq` is gapless among those the customer may see. `data` holds no text of anybody."""

    xid = models.BigIntegerField(db_default=CurrentTransaction())
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, db_index=False)
    seq = models.BigIntegerField()
    public_seq = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=32)
    version = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField()
    actor = models.CharField(max_length=48)
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE)
    data = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="event_seq"),
            models.UniqueConstraint(fields=["conversation", "public_seq"], name="event_public_seq"),
        ]
        indexes = [
            models.Index(fields=["xid", "id"], name="event_position"),
            # What is asked of a whole history before each sending, and is hardly ever there.
            models.Index(
                fields=["conversation"],
                condition=models.Q(kind="opted_out")
                | models.Q(kind="opted_in")
                | models.Q(kind="address_gone"),
                name="event_seldom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.seq}"
