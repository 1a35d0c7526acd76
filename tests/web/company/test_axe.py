"""axe-core over the settings, the live wall and the reports, in light and dark: nothing that keeps somebody out."""

from __future__ import annotations

from typing import Any

import pytest

from store.models import Role
from tests.axe import axe
from tests.web.desk.test_axe import found_by
from tests.web.desk.test_browser import Served
from tests.web.leads.conftest import count

__all__ = ["axe"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]
SETTINGS = (
    *("", "company/", "start/", "knowledge/", "channels/", "chat/website/", "invites/"),
    *("roles/", "roles/new/"),
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_in_the_settings_and_at_the_wall_keeps_anybody_out(
    served: Served, axe: str, scheme: Any
) -> None:
    Role.objects.create(brand=served.day.company.brand, name="Own", permissions=["see_reports"])
    count(served.day)
    page = served.page("ada", "/desk/settings/")
    # Without motion: while colours change over, they are neither theme's.
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    paths = [f"settings/{path}" for path in SETTINGS]
    found = {}
    for path in (*paths, "wall/", "reports/", "reports/response/"):
        page.goto(f"{served.url}/desk/{path}")
        found[path] = found_by(page, axe)
    assert {name: ills for name, ills in found.items() if ills} == {}
