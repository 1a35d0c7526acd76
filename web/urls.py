"""Every page and where it stands; chat, webhooks and event streams are mounted before Django in `web.asgi`."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("web.portal.urls")),
    path("desk/", include("web.desk.urls")),
    path("desk/", include("web.leads.urls")),
    path("desk/settings/", include("web.company.urls")),
    path("account/", include("web.account.urls")),
    path("api/", include("web.api.urls")),
    path("admin/", admin.site.urls),
]
handler403 = "web.portal.views.not_yours"
handler404 = "web.portal.views.not_found"
handler500 = "web.portal.views.failed"
