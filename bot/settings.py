"""The only reader of `threadline.toml` and the environment; holds what is needed to start, nothing that people edit at work."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Database(Part):
    url: SecretStr = SecretStr("")
    """Empty: SQLite in the state folder. Else `postgresql://user:password@host:port/name`."""
    pool: int = Field(default=4, ge=1, le=64)
    """Database threads per process on PostgreSQL. SQLite always uses one."""
    prepared: bool = True
    """Statements of the hot path are planned once a connection. Off behind a pooler that lends a connection for one
    transaction only."""


class Web(Part):
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    public_url: str = ""
    """Where customers and providers reach this installation; empty: http://host:port."""
    allowed_hosts: list[str] = Field(default_factory=list)
    trusted_proxies: list[str] = Field(default_factory=list)
    second_step_roles: list[Literal["agent", "lead", "admin", "auditor", "author"]] = Field(
        default_factory=list
    )
    """Roles that must have a second step at sign-in (an app or a passkey); without it they reach only its set-up."""
    idle_minutes: int = Field(default=30, ge=1, le=720)
    """Minutes without a request and without an open desk after which a session ends; after 12 hours it ends anyway."""
    inside_hosts: list[str] = Field(default_factory=list)
    """Hosts of one's own network that webhooks may be sent to, also by http; all others must be on the internet."""
    api_per_minute: int = Field(default=600, ge=1, le=1_000_000)
    """Requests that one API token may make in a minute, counted per web process."""
    most_waiting: int = Field(default=500, ge=1, le=100_000)
    """Deliveries and chat messages that may wait to be stored in one web process; more are told to come again (503)."""


class Brain(Part):
    port: int = Field(default=0, ge=0, le=65535)
    """0: a free port at each start."""
    encoder: str = "default"
    threads: int = Field(default=1, ge=1, le=16)


class Answers(Part):
    """What each outcome of a question costs, in units of one handoff; the cheapest expected one is chosen."""

    wrong_answer: float = Field(default=2.0, gt=0, le=1000)
    handoff: float = Field(default=1.0, gt=0, le=1000)
    clarify: float = Field(default=0.45, gt=0, le=1000)
    link_hosts: list[str] = Field(default_factory=list)
    """Hosts that links in answers may lead to; other addresses are left out of answers."""
    glossary: dict[str, list[str]] = Field(default_factory=dict)
    """A customer's word to the words of the articles for the same thing."""


class Index(Part):
    """Where passages are found: in files that each brain maps (FAISS), or in Milvus, which needs `threadline[milvus]`."""

    milvus: str = ""
    """`http://host:19530`; empty: in files."""
    milvus_token: SecretStr = SecretStr("")
    milvus_prefix: str = Field(default="threadline", pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")
    """Before the name of each collection: several installations can share a server."""


class Rasa(Part):
    enabled: bool = True
    port: int = Field(default=0, ge=0, le=65535)
    python: str = ".venv-rasa/bin/python"
    deadline_seconds: float = Field(default=5.0, gt=0, le=60)


class Work(Part):
    conversations: int = Field(default=16, ge=1, le=256)
    """Conversations one worker thinks about at once."""
    lease_seconds: float = Field(default=30.0, ge=1, le=600)
    poll_seconds: float = Field(default=0.25, gt=0, le=10)
    hold_minutes: float = Field(default=10.0, gt=0)
    """How long a failing message may hold back later ones to the same address."""
    tell_wait_seconds: float = Field(default=60.0, ge=0, le=86_400)
    """Who will wait longer than this for the bot is told so, once; 0: nobody is."""


class Redis(Part):
    url: SecretStr = SecretStr("")
    """Where the processes of several machines ring for one another, `redis://user:password@host:port/0`; a hint only."""


class Metrics(Part):
    """`/metrics` for Prometheus: `web` at `port`, `work` at the next, `brain` at the one after."""

    port: int = Field(default=0, ge=0, le=65533)
    """0: nowhere."""
    host: str = "127.0.0.1"
    token: SecretStr = SecretStr("")
    """What Prometheus says as its bearer token; needed wherever others than this machine can ask."""

    @model_validator(mode="after")
    def _not_public(self) -> Metrics:
        is_own = self.host in {"127.0.0.1", "::1", "localhost"}
        if not is_own and len(self.token.get_secret_value()) < 16:
            raise ValueError(
                "metrics.host is not this machine alone: set metrics.token (16 characters)"
            )
        return self


class Tracing(Part):
    """OpenTelemetry; needs `pip install threadline[otel]`."""

    endpoint: str = ""
    """Where spans go, OTLP over HTTP: `http://127.0.0.1:4318/v1/traces`; empty: nowhere, at no cost."""


class Settings(BaseSettings):
    """Everything read at start. Precedence: arguments, environment (`THREADLINE_WEB__PORT`), the TOML file, defaults."""

    model_config = SettingsConfigDict(
        env_prefix="THREADLINE_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    state: Path = Path("var")
    demo: bool = False
    raw_days: int = Field(default=30, ge=0, le=3650)
    log_level: str = "info"
    database: Database = Database()
    web: Web = Web()
    brain: Brain = Brain()
    answers: Answers = Answers()
    rasa: Rasa = Rasa()
    index: Index = Index()
    work: Work = Work()
    redis: Redis = Redis()
    metrics: Metrics = Metrics()
    tracing: Tracing = Tracing()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return init_settings, env_settings, toml

    @field_validator("state")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @property
    def public_url(self) -> str:
        return (self.web.public_url or f"http://{self.web.host}:{self.web.port}").rstrip("/")

    @property
    def is_sqlite(self) -> bool:
        return not self.database.url.get_secret_value()

    def django_database(self) -> dict[str, Any]:
        """The value of Django's DATABASES['default']."""
        if self.is_sqlite:
            return _sqlite(self.state / "threadline.db")
        return _postgresql(self.database.url.get_secret_value(), self.database.prepared)


PREPARED_FROM = 3
"""How often a connection has executed a statement before it is prepared; Django's own statements never are."""


def config_file() -> Path:
    """`threadline.toml` in the working directory, or what THREADLINE_CONFIG names."""
    return Path(os.environ.get("THREADLINE_CONFIG", "threadline.toml"))


def _sqlite(file: Path) -> dict[str, Any]:
    """WAL with synchronous=FULL: what is acknowledged survives a power cut (`store.disk` does the same for many at
    once). IMMEDIATE: no deadlock on upgrade."""
    return {
        "ENGINE": "store.sqlite",
        "NAME": str(file),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": (
                "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA busy_timeout=20000;"
                "PRAGMA foreign_keys=ON;PRAGMA cache_size=-65536;PRAGMA temp_store=MEMORY;"
                # Copying the log into the file waits for the disk twice, in the thread that commits, and a message
                # writes some eighty pages, mostly the same ones: at 1,000 pages it was done several times a second.
                "PRAGMA wal_autocheckpoint=8000;"
            ),
        },
    }


def _postgresql(url: str, prepared: bool) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError("database.url must begin with postgresql://; leave it empty for SQLite")
    return {
        "ENGINE": "store.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or 5432),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            **({"prepare_threshold": PREPARED_FROM} if prepared else {}),
        },
    }
