"""A collector of OpenTelemetry spans over HTTP, as an exporter sees one; what it was sent can be asked."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True, slots=True)
class Seen:
    """One span: ids as hexadecimal text; `parent` empty for a root."""

    service: str
    name: str
    trace: str
    span: str
    parent: str


@dataclass(slots=True)
class Collector:
    """Listens until the context ends."""

    port: int
    seen: list[Seen] = field(default_factory=list)

    @property
    def url(self) -> str:
        """What `tracing.endpoint` is set to."""
        return f"http://127.0.0.1:{self.port}/v1/traces"

    def trace(self, trace: str) -> list[Seen]:
        """The spans of one trace, in the order in which they came."""
        return [span for span in list(self.seen) if span.trace == trace]

    def take(self, body: bytes) -> None:
        """Reads what an exporter has sent. Raises DecodeError."""
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            about = {item.key: item.value.string_value for item in group.resource.attributes}
            for span in (span for scope in group.scope_spans for span in scope.spans):
                self.seen.append(
                    Seen(
                        about["service.name"],
                        span.name,
                        span.trace_id.hex(),
                        span.span_id.hex(),
                        span.parent_span_id.hex(),
                    )
                )


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a free loopback port."""
    collector = Collector(0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            collector.take(body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield collector
    server.shutdown()
    server.server_close()
    thread.join(10)
