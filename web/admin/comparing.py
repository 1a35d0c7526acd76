"""Two policies compared: played over the same tickets, or tried out on a share of them. The verbs are `bot.comparing`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, gettext_lazy

from bot import comparing
from bot.permissions import May
from core.errors import MalformedPayload
from core.holdout import MOST
from store.experiments import running
from store.models import Experiment, Simulation
from web.admin import comparing_words as words
from web.admin.base import person
from web.admin.gaps import Deeds
from web.house import house

STALE = timedelta(minutes=10)
"""A running trial's report that is older is counted anew when somebody looks."""
SIMULATIONS, TRIALS = "admin:store_simulation_changelist", "admin:store_experiment_changelist"
STATES: dict[str, Any] = {
    "waiting": gettext_lazy("Waiting"),
    "running": gettext_lazy("Running"),
    "done": gettext_lazy("Done"),
    "failed": gettext_lazy("Failed"),
    "cancelled": gettext_lazy("Cancelled"),
    "stopped": gettext_lazy("Stopped"),
    "adopted": gettext_lazy("Adopted"),
    "overtaken": gettext_lazy("Ended: another policy was put into service"),
}


def _policies(*names: str) -> list[tuple[str, str]]:
    kept = [(row.version, row.manifest.get("name", "")) for row in comparing.kept_policies()]
    return [
        *((name, words.policy_name(name)) for name in names),
        *((version, f"{words.policy_name(version)} ({name})") for version, name in kept),
    ]


def _number(request: HttpRequest, name: str, default: int) -> int:
    given = request.POST.get(name, "").strip()
    try:
        return int(given) if given else default
    except ValueError as problem:
        raise MalformedPayload(gettext("%(value)s is no number.") % {"value": given}) from problem


class Compared(Deeds):
    """What both pages share: who may, and how a report is shown."""

    sees = May.CONFIGURE

    def _reported(self, report: dict[str, Any], names: tuple[str, str]) -> dict[str, Any]:
        if not report:
            return {}
        found = words.lines(report)
        return {
            "report": report,
            "lines": found,
            "summary": words.summary(found),
            "names": [words.policy_name(name) for name in names],
        }


class CountedSimulations(Paginator):  # type: ignore[type-arg]
    """Pages of simulations, which its foot counts as such: what all of them are called is the head of the page."""

    template_name = "admin/counted_simulations.html"


@admin.register(Simulation)
class SimulationAdmin(Compared):
    """Simulations, newest first, and the form that asks for one."""

    paginator = CountedSimulations
    list_display = ("asked_at", "history", "both", "shown_state")
    ordering = ("-asked_at",)
    fields = ("asked_at", "history", "both", "shown_state")
    change_list_template = "admin/simulations.html"
    change_form_outer_after_template = "admin/simulation.html"

    @admin.display(description=gettext_lazy("History"))
    def history(self, row: Simulation) -> str:
        chosen = comparing.chosen_from(row.asked)
        if chosen.history == comparing.WEEKS:
            return gettext("The last %(n)s weeks of this installation") % {"n": chosen.weeks}
        return gettext("A made-up month of %(n)s tickets") % {"n": f"{chosen.tickets:,}"}

    @admin.display(description=gettext_lazy("Policies"))
    def both(self, row: Simulation) -> str:
        names = (words.policy_name(row.asked[side]) for side in ("one", "other"))
        return " · ".join(names)

    @admin.display(description=gettext_lazy("State"))
    def shown_state(self, row: Simulation) -> str:
        said = row.said if row.state in {"running", "failed"} else ""
        return f"{STATES[row.state]}: {said}" if said else str(STATES[row.state])

    def get_urls(self) -> list[URLPattern]:
        cancel = path(
            "<uuid:simulation>/cancel/", self._deed(self.cancel), name="store_simulation_cancel"
        )
        ask = path("ask/", self._deed(self.ask), name="store_simulation_ask")
        return [ask, cancel, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        names = (comparing.SERVICE, comparing.EDITED, *comparing.PLAYED, comparing.BY_HAND)
        usual = {"history": comparing.MONTH, "weeks": 4, "tickets": 10_000, "agents": 0}
        typed = {**usual, "one": comparing.SERVICE, "other": comparing.EDITED}
        typed |= self._typed(request)
        more = {
            **(extra_context or {}),
            "policies": _policies(*names),
            "most_weeks": comparing.MOST_WEEKS,
            "least_tickets": comparing.LEAST_TICKETS,
            "most_tickets": comparing.MOST_TICKETS,
            "typed": typed,
        }
        page: HttpResponse = super().changelist_view(request, more)
        return page

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        more: dict[str, Any] = {**(extra_context or {}), "simulation": row}
        if row is not None and self.has_view_permission(request):
            more["is_live"] = row.state in {"waiting", "running"}
            more |= self._reported(row.report, (row.asked["one"], row.asked["other"]))
        page: HttpResponse = super().change_view(request, object_id, form_url, more)
        return page

    def ask(self, request: HttpRequest) -> HttpResponse:
        """Two policies are played over the same tickets, in the background."""
        said = gettext("It is being played: look at it below.")

        def deed() -> None:
            chosen = comparing.Chosen(
                history=request.POST.get("history", ""),
                one=request.POST.get("one", ""),
                other=request.POST.get("other", ""),
                weeks=_number(request, "weeks", 4),
                tickets=_number(request, "tickets", 10_000),
                agents=_number(request, "agents", 0),
                own_people=request.POST.get("people") == "own",
            )
            comparing.ask(house(), person(request), chosen)

        return self._done(request, reverse(SIMULATIONS), said, deed)

    def cancel(self, request: HttpRequest, simulation: UUID) -> HttpResponse:
        """Called off."""
        return self._done(
            request,
            reverse(SIMULATIONS),
            gettext("Cancelled."),
            lambda: comparing.cancel(house(), person(request), simulation),
        )


@admin.register(Experiment)
class ExperimentAdmin(Compared):
    """Trials of another policy on a share of the tickets, one at a time."""

    list_display = ("name", "share_told", "shown_state", "began_at", "ended_at")
    ordering = ("-began_at",)
    fields = ("name", "share_told", "shown_state", "began_at", "ended_at")
    change_list_template = "admin/trials.html"
    change_form_outer_after_template = "admin/trial.html"

    @admin.display(description=gettext_lazy("Share"), ordering="share")
    def share_told(self, row: Experiment) -> str:
        return f"{row.share} %"

    @admin.display(description=gettext_lazy("State"), ordering="state")
    def shown_state(self, row: Experiment) -> str:
        return str(STATES[row.state])

    def get_urls(self) -> list[URLPattern]:
        views = {"stop": self.stop, "adopt": self.adopt, "measure": self.measure}
        own = [
            path(f"<uuid:trial>/{name}/", self._deed(view), name=f"store_experiment_{name}")
            for name, view in views.items()
        ]
        begin = path("begin/", self._deed(self.begin), name="store_experiment_begin")
        return [begin, *own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        more = {
            **(extra_context or {}),
            "policies": _policies(comparing.EDITED, comparing.BY_HAND),
            "is_running": running() is not None,
            "most_share": MOST,
            "typed": {"other": comparing.EDITED, "share": 10, **self._typed(request)},
        }
        page: HttpResponse = super().changelist_view(request, more)
        return page

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        more: dict[str, Any] = {**(extra_context or {}), "trial": row}
        if row is not None and self.has_view_permission(request):
            is_running = row.state == Experiment.State.RUNNING
            if is_running and _is_stale(row):
                comparing.measure_trial(house(), person(request), row.id)
            more["is_live"] = is_running
            more |= self._reported(row.report, ("in_service", "tried_out"))
        page: HttpResponse = super().change_view(request, object_id, form_url, more)
        return page

    def begin(self, request: HttpRequest) -> HttpResponse:
        """A share of the new tickets is decided by another policy."""
        said = gettext("The trial has begun.")

        def deed() -> None:
            name, other = request.POST.get("name", ""), request.POST.get("other", "")
            share = _number(request, "share", 10)
            comparing.begin_trial(house(), person(request), name, share, other)

        return self._done(request, reverse(TRIALS), said, deed)

    def stop(self, request: HttpRequest, trial: UUID) -> HttpResponse:
        """What is in service decides all again."""
        said = gettext("Stopped: the rules in service decide every ticket again.")
        return self._trial_deed(request, trial, said, comparing.stop_trial)

    def adopt(self, request: HttpRequest, trial: UUID) -> HttpResponse:
        """What was tried out is in service."""
        said = gettext("Adopted: the rules that were tried out decide every ticket now.")
        return self._trial_deed(request, trial, said, comparing.adopt_trial)

    def measure(self, request: HttpRequest, trial: UUID) -> HttpResponse:
        """Counts anew, in the background."""
        said = gettext("We are counting: the report is new in a moment.")
        return self._trial_deed(request, trial, said, comparing.measure_trial)

    def _trial_deed(self, request: HttpRequest, trial: UUID, said: str, verb: Any) -> HttpResponse:
        back = reverse("admin:store_experiment_change", args=[trial])
        return self._done(request, back, said, lambda: verb(house(), person(request), trial))


def _is_stale(row: Experiment) -> bool:
    return row.measured_at is None or house().clock() - row.measured_at > STALE
