"""The OpenAPI description, completed: whole paths, the token, every error that an operation can answer, headers."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from web.api.examples import with_example
from web.api.problems import MEDIA_TYPE
from web.api.schemas import Problem

ABOUT = """What people do at the desk, for programs.

Every operation needs a token (`Authorization: Bearer <token>`). Lists are paged: send `next` back as `cursor`.
Writes take an `Idempotency-Key`, and those that change a ticket an `If-Match`. Every error is
`application/problem+json`. What happens is streamed as server-sent events at `GET /api/v1/stream`, which ends only when
you close it and is therefore no operation here: each event's id is a position, sent back as `Last-Event-ID`."""
ALWAYS = (400, 401, 403, 404, 413, 415, 422, 429, 500, 503)
OF_WRITES = (409,)
RAW = {
    "web_api_asides_download_beside": "application/octet-stream",
    "web_api_tickets_download": "application/octet-stream",
    "web_api_tickets_get_original": "text/html",
}
"""Operations whose answer is no JSON."""
_RATE = {
    "RateLimit-Limit": "Requests that this token may make in a minute.",
    "RateLimit-Remaining": "How many of them are left.",
    "RateLimit-Reset": "Seconds until some are given back.",
}


def described(schema: dict[str, Any], public_url: str) -> dict[str, Any]:
    """django-ninja's description with all that it does not say itself."""
    schema = dict(schema)
    schema["info"] = {**schema["info"], "description": ABOUT, "license": {"name": "Apache-2.0"}}
    schema["servers"] = [{"url": public_url}]
    parts = schema["components"]
    parts["schemas"]["Problem"] = Problem.model_json_schema()
    parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    parts["headers"] = {
        name: {"description": text, "schema": {"type": "integer"}} for name, text in _RATE.items()
    }
    parts["responses"] = {f"Problem{status}": _problem(status) for status in (*ALWAYS, *OF_WRITES)}
    for method, operation in _operations(schema):
        _complete(method, operation)
    return schema


def _operations(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in schema["paths"].values():
        yield from path.items()


def _complete(method: str, operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    if "requestBody" in operation:
        operation["requestBody"] = with_example(operation["requestBody"])
    for parameter in operation["parameters"]:
        parameter["schema"] = _present(parameter["schema"])
    for status, response in operation["responses"].items():
        response["headers"] = {one: {"$ref": f"#/components/headers/{one}"} for one in _RATE}
        if name in RAW and status == 200:
            response["content"] = {RAW[name]: {"schema": {"type": "string"}}}
    refused = ALWAYS if method == "get" else ALWAYS + OF_WRITES
    for status in refused:
        operation["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
    operation["operationId"] = name.rpartition("_api_")[2]


def _present(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter that may be left out; it is never null, which an address cannot say."""
    choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if len(choices) != 1:
        return schema
    return {**{name: value for name, value in schema.items() if name != "anyOf"}, **choices[0]}


def _problem(status: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in {429, 503}:
        text = "Seconds until it is worth trying again."
        header = {"description": text, "schema": {"type": "integer"}}
        found["headers"] = {"Retry-After": header}
    return found
