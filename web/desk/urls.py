"""Addresses of the desk. The event stream `/desk/stream` is not among them: it is served before Django."""

from __future__ import annotations

from django.urls import path

from web.desk import deeds, files, finding, macro_pages, many, offers, views, writing

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("view/<slug:view>/", views.queue, name="view"),
    path("find/", views.find, name="find"),
    path("search/", finding.results, name="search"),
    path("filter/", finding.form, name="filter"),
    path("saved/", finding.save, name="save_view"),
    path("saved/<uuid:saved>/", views.saved, name="saved"),
    path("saved/<uuid:saved>/remove/", finding.remove, name="remove_view"),
    path("offers/", offers.shown, name="offers"),
    path("offers/<uuid:offer>/accept/", offers.accept, name="accept"),
    path("offers/<uuid:offer>/decline/", offers.decline, name="decline"),
    path("presence/", offers.be, name="be"),
    path("presence/beat/", offers.beat, name="beat"),
    path("many/choices/", many.choices, name="bulk_choices"),
    path("many/", many.act, name="bulk"),
    path("many/undo/", many.undo, name="bulk_undo"),
    path("tickets/<int:number>/hand-on/form/", many.hand_on_form, name="hand_on_form"),
    path("tickets/<int:number>/hand-on/", many.hand_on, name="hand_on"),
    path("tickets/<int:number>/", views.ticket, name="ticket"),
    path("tickets/<int:number>/take/", deeds.take, name="take"),
    path("tickets/<int:number>/release/", deeds.release, name="release"),
    path("tickets/<int:number>/reply/", deeds.reply, name="reply"),
    path("tickets/<int:number>/note/", deeds.note, name="note"),
    path("tickets/<int:number>/classify/", deeds.classify, name="classify"),
    path("tickets/<int:number>/wait/", deeds.wait, name="wait"),
    path("tickets/<int:number>/snooze/", deeds.snooze, name="snooze"),
    path("tickets/<int:number>/draft/", writing.draft, name="draft"),
    path("tickets/<int:number>/undo/<uuid:held>/", writing.undo, name="undo"),
    path("tickets/<int:number>/inserts/", writing.inserts, name="inserts"),
    path("tickets/<int:number>/macros/<uuid:macro>/", writing.macro, name="macro"),
    path("tickets/<int:number>/suggestion/", writing.suggestion, name="suggestion"),
    path("tickets/<int:number>/judged/", writing.judged, name="judged"),
    path("tickets/<int:number>/colleagues/", writing.colleagues, name="colleagues"),
    path("macros/", macro_pages.macros, name="macros"),
    path("macros/new/", macro_pages.save, name="new_macro"),
    path("macros/<uuid:macro>/", macro_pages.save, name="change_macro"),
    path("macros/<uuid:macro>/remove/", macro_pages.remove, name="remove_macro"),
    path("tickets/<int:number>/resolve/", deeds.resolve, name="resolve"),
    path("tickets/<int:number>/reopen/", deeds.reopen, name="reopen"),
    path("tickets/<int:number>/connect/", deeds.connect, name="connect"),
    path("tickets/<int:number>/again/<int:row>/", deeds.send_again, name="send_again"),
    path("tickets/<int:number>/link/", deeds.link, name="link"),
    path("tickets/<int:number>/confirm/<uuid:tie>/", deeds.confirm, name="confirm"),
    path("tickets/<int:number>/unlink/<uuid:tie>/", deeds.unlink, name="unlink"),
    path("tickets/<int:number>/allow/", deeds.allow, name="allow"),
    path("tickets/<int:number>/files/<uuid:file>/", files.download, name="file"),
    path("tickets/<int:number>/original/<uuid:message>/", files.original, name="original"),
]
