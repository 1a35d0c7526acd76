"""What the models of providers' calls have in common. The fields are each adapter's own."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Payload(BaseModel):
    """A part of what a provider sends. It grows by new fields, which are nobody's fault; and a field that is there and
    says nothing is as good as none: nobody's message is lost for a name that is null."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, told: Any) -> Any:
        if not isinstance(told, dict):
            return told
        return {name: value for name, value in told.items() if value is not None}
