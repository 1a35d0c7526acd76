"""An installation for tests: importing this sets Django up over a state folder of its own, once per process."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_STATE = tempfile.mkdtemp(prefix="threadline-tests-")
atexit.register(shutil.rmtree, _STATE, ignore_errors=True)
os.environ["THREADLINE_STATE"] = _STATE
os.environ["THREADLINE_CONFIG"] = os.devnull
os.environ["DJANGO_SETTINGS_MODULE"] = "web.django_settings"

import django  # noqa: E402 - it reads the environment when it is set up

django.setup()
