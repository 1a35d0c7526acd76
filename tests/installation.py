"""An installation for tests: importing this sets Django up over a state folder of its own, once per process."""

from __future__ import annotations

import os
import tempfile

os.environ["THREADLINE_STATE"] = tempfile.mkdtemp(prefix="threadline-tests-")
os.environ["THREADLINE_CONFIG"] = os.devnull
os.environ["DJANGO_SETTINGS_MODULE"] = "web.django_settings"

import django

django.setup()
