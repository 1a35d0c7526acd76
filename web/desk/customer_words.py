"""What happened to who the customer is, and to copies of what was said, in words for the thread. All other words are `words`."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

TOLD: dict[str, str | Promise] = {
    "customer_linked": gettext_lazy("%(who)s joined two customers into one"),
    "customer_unlinked": gettext_lazy("%(who)s took evidence about the customer back"),
    "customer_agent": gettext_lazy("%(who)s changed who the customer’s own agent is"),
    "copy_failed": gettext_lazy(
        "A copy of this message came back from one of its other recipients"
    ),
    "customer_named": gettext_lazy("The customer’s name became known"),
    "customer_identified": gettext_lazy("The customer signed in on the website"),
    "wants_no_messages": gettext_lazy("%(who)s noted: no messages there"),
    "wants_messages": gettext_lazy("%(who)s noted: messages are welcome again"),
}
