"""Addresses of the company's own pages, below `/desk/settings/`."""

from __future__ import annotations

from django.urls import path

from web.company import channels, company, guide, invites, looks, roles, slack, slots, sources

app_name = "company"
urlpatterns = [
    path("", company.settings, name="settings"),
    path("company/", company.company, name="company"),
    path("start/", guide.guide, name="guide"),
    path("start/state/", guide.state, name="guide_state"),
    path("start/skip/", guide.skip, name="guide_skip"),
    path("start/team/", guide.team, name="guide_team"),
    path("start/widget/", guide.widget, name="guide_widget"),
    path("knowledge/", sources.sources, name="sources"),
    path("knowledge/again/<uuid:source>/", sources.again, name="source_again"),
    path("channels/", channels.channels, name="channels"),
    path("channels/<slug:inbox>/test/", channels.test, name="channel_test"),
    path("slack/", slack.slack, name="slack"),
    path("slack/back/", slack.back, name="slack_back"),
    path("slack/<uuid:inbox>/add/", slack.add, name="slack_add"),
    path("chat/", looks.looks, name="looks"),
    path("chat/<slug:inbox>/", looks.look, name="look"),
    path("chat/<slug:inbox>/undo/", looks.undo, name="look_undo"),
    path("services/", slots.slots, name="slots"),
    path("services/<slug:kind>/test/", slots.test, name="slot_test"),
    path("services/<slug:kind>/detach/", slots.detach, name="slot_detach"),
    path("invites/", invites.invites, name="invites"),
    path("invites/<uuid:user>/again/", invites.again, name="invite_again"),
    path("roles/", roles.roles, name="roles"),
    path("roles/new/", roles.save, name="new_role"),
    path("roles/<uuid:role>/", roles.save, name="change_role"),
    path("roles/<uuid:role>/remove/", roles.remove, name="remove_role"),
]
