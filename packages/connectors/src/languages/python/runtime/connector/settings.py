"""The variables and secrets this connector reads.

They are handed in once, so no other file knows where values come from.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .operation import Api


@dataclass(frozen=True)
class Settings:
    """What the variables say."""

    base_url: str | None
    """Where the API lives; BASE_URL replaces its own address."""
    timeout_ms: int
    """Milliseconds until a call to the API is given up."""
    max_answer_length: int
    """Characters of an answer that reach the model."""
    connector_token: str | None
    """When set, callers must send it as ``Authorization: Bearer …``."""
    allowed_origins: list[str]
    """Host names a browser page may call from, beside the local ones."""
    allowed_hosts: list[str]
    """Host names this server answers to; every name when empty."""
    environment: Mapping[str, str] = field(repr=False)

    def secret(self, variable: str) -> str | None:
        """The value of a variable; None when it is absent or empty."""
        return self.environment.get(variable) or None


def read_settings(environment: Mapping[str, str], api: Api) -> Settings:
    """Numbers that are none fall back to their defaults."""

    def text(variable: str) -> str | None:
        return environment.get(variable) or None

    return Settings(
        base_url=text("BASE_URL") or api.get("baseUrl"),
        timeout_ms=_positive(text("TIMEOUT_MS")) or 30_000,
        max_answer_length=_positive(text("MAX_ANSWER_LENGTH")) or 60_000,
        connector_token=text("CONNECTOR_TOKEN"),
        allowed_origins=_names(text("ALLOWED_ORIGINS")),
        allowed_hosts=_names(text("ALLOWED_HOSTS")),
        environment=environment,
    )


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _positive(text: str | None) -> int | None:
    digits = (text or "").strip()
    return int(digits) or None if re.fullmatch("[0-9]{1,9}", digits) else None
