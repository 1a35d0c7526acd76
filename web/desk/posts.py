"""What others write about us in public: a list with one click for each, to answer it or to let it be. The verbs are `bot.posts`."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from bot import posts as verbs
from bot.options import options_of
from bot.permissions import May, may, posts_of, tickets_of
from core.errors import Conflict, IllegalTransition, MalformedPayload
from core.understanding import Act
from store.models import PublicPost
from store.posts import ShownPost, shown_posts
from web.desk import words
from web.desk.entry import at_desk, person
from web.errors import sentence_of
from web.house import house

A_PAGE = 30
STATES: dict[str, str | Promise] = {
    "new": gettext_lazy("New"),
    "conversation": gettext_lazy("Being answered"),
    "ignored": gettext_lazy("Ignored"),
}
KINDS: dict[str, str | Promise] = {
    "comment": gettext_lazy("Comment"),
    "post": gettext_lazy("Post on our page"),
    "mention": gettext_lazy("Mention"),
}
ACTS: dict[str, str | Promise] = {
    Act.ASK: gettext_lazy("a question"),
    Act.URGENT_COMPLAINT: gettext_lazy("a complaint"),
    Act.REQUEST_PERSON: gettext_lazy("wants a person"),
    Act.TICKET_STATUS: gettext_lazy("asks how it stands"),
    Act.THANK: gettext_lazy("thanks"),
    Act.GREET: gettext_lazy("a greeting"),
}


@require_GET
@at_desk
def listed(request: HttpRequest, problem: str = "", status: int = 200) -> HttpResponse:
    """Newest first: those that are new, or `?state=conversation|ignored`."""
    user = person(request)
    visible = posts_of(user)
    state = request.GET.get("state", "")
    state = state if state in STATES else PublicPost.State.NEW
    chosen = visible.filter(state=state).select_related(
        "address", "inbox", "brand", "conversation__ticket", "settled_by"
    )
    page = Paginator(chosen.order_by("-posted_at", "-arrived_at", "id"), A_PAGE).get_page(
        request.GET.get("page")
    )
    shown = shown_posts(house().vault, list(page.object_list))
    seen = set(
        tickets_of(user)
        .filter(number__in=[one.ticket for one in shown if one.ticket])
        .values_list("number", flat=True)
    )
    context = {
        "cards": [_card(one, seen) for one in shown],
        "page": page,
        "state": state,
        "states": _states(visible),
        "may_work": may(user, May.WORK_TICKETS),
        "may_configure": may(user, May.CONFIGURE),
        "problem": problem,
        "user": user,
    }
    return render(request, "desk/posts.html", context, status=status)


@require_POST
@at_desk
def settle(request: HttpRequest, post: UUID) -> HttpResponse:
    """`deed`: `answer` makes it a ticket and goes there, `ignore`, or `notice` again; what is wrong is said above
    the list."""
    user, deed = person(request), request.POST.get("deed", "")
    try:
        match deed:
            case "answer":
                ticket = verbs.answer(house(), user, post)
                if tickets_of(user).filter(number=ticket.number).exists():
                    return redirect("desk:ticket", number=ticket.number)
                told = gettext("It is ticket %(number)s now, with the team %(team)s.")
                about = {"number": ticket.number, "team": ticket.team.name}
                return _again(request, told % about, 200)
            case "ignore":
                verbs.ignore(house(), user, post)
            case "notice":
                verbs.notice(house(), user, post)
            case _:
                raise MalformedPayload("A post is answered, ignored or noticed.")
    except (Conflict, IllegalTransition) as refusal:
        return _again(request, sentence_of(refusal), 409)
    back = request.POST.get("state", "")
    return redirect(f"{reverse('desk:posts')}?state={back if back in STATES else 'new'}")


def _again(request: HttpRequest, told: str, status: int) -> HttpResponse:
    request.method = "GET"
    return listed(request, told, status)


def _states(visible: QuerySet[PublicPost]) -> list[tuple[str, str | Promise, int]]:
    counted = visible.order_by().values_list("state").annotate(count=Count("id"))
    counts = dict(counted)
    return [(key, name, counts.get(key, 0)) for key, name in STATES.items()]


def _card(one: ShownPost, seen: set[int]) -> dict[str, object]:
    row = one.row
    asks = row.asks is not None and options_of(row.brand).posts.sure <= row.asks
    return {
        "one": one,
        "kind": KINDS[row.kind],
        "act": ACTS.get(row.act, ""),
        "percent": None if row.asks is None else round(row.asks * 100),
        "asks": asks,
        "category": words.category(row.category) if row.category else "",
        "ticket": one.ticket if one.ticket in seen else None,
    }
