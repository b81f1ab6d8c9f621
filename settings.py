"""Deployment settings from the environment. Legal and alarm thresholds are not here: they are rows of rule_settings."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

_PROJECT = Path(__file__).resolve().parent
_PREFIX = "PUTUO_"


class Datum(StrEnum):
    """The datum of coordinates that come from outside; inside everything is WGS-84."""

    GCJ02 = "gcj02"
    WGS84 = "wgs84"
    BD09 = "bd09"


class WrongSettings(SystemExit):
    """The environment does not describe a deployment; the message names each offending variable and never shows a secret."""


class Settings(BaseSettings):
    """One deployment. `DATABASE_URL`, `REDIS_URL` and `MQTT_URL` carry no prefix, everything else begins with PUTUO_."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix=_PREFIX, case_sensitive=False, env_ignore_empty=True)

    database_url: SecretStr = Field(validation_alias="DATABASE_URL")
    redis_url: SecretStr = Field(default=SecretStr("redis://127.0.0.1:6379/0"), validation_alias="REDIS_URL")
    mqtt_url: SecretStr = Field(default=SecretStr("mqtt://127.0.0.1:1883"), validation_alias="MQTT_URL")
    metrics_token: SecretStr = SecretStr("")
    run_dir: Path = _PROJECT / "var" / "run"  # services.json, vendors.json and accounts.json of this installation
    geo_dir: Path = _PROJECT / "assets" / "geo"
    tile_url: str = ""
    coord_datum: Datum = Datum.GCJ02
    web_port: int = Field(default=8050, ge=1, le=65535)
    web_workers: int = Field(default=2, ge=1, le=64)
    public_url: str = ""
    city_platform_url: str = Field(default="", pattern=r"^(https?://[^/?#@\s]+(/[^?#\s]*)?)?$")
    city_platform_username: str = ""
    city_platform_password: SecretStr = SecretStr("")
    city_platform_places: str = "普陀区"  # placeName of the interface, several divided by commas
    city_platform_every: float = Field(default=300.0, ge=10.0)  # seconds between two readings
    notify_sms_url: SecretStr = SecretStr("")  # the gateway that takes one POST a message
    notify_sms_token: SecretStr = SecretStr("")
    notify_webhook_token: SecretStr = SecretStr("")  # what we show to webhooks
    notify_email_url: SecretStr = SecretStr("")  # Apprise's: mailtos://user:password@host?from=…
    notify_receipt_token: SecretStr = SecretStr("")  # what a gateway shows us with a receipt
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def places(self) -> tuple[str, ...]:
        """What the city platform is asked about."""
        return tuple(filter(None, map(str.strip, self.city_platform_places.split(","))))


def load() -> Settings:
    """The settings of this process. Raises WrongSettings for a missing or malformed value and for an unknown PUTUO_ name."""
    unknown = sorted(name for name in os.environ if name.startswith(_PREFIX) and name not in NAMES)
    if unknown:
        raise WrongSettings(f"未知设置 unknown settings: {', '.join(unknown)}. Known: {', '.join(sorted(NAMES))}")
    try:
        return Settings()
    except ValidationError as exc:
        problems = "; ".join(
            f"{_variable(str(error['loc'][0]))}: {error['msg']}" for error in exc.errors(include_input=False, include_url=False)
        )
        raise WrongSettings(f"设置有误 wrong settings: {problems}") from None


def _variable(field: str) -> str:
    """The environment variable of a field; pydantic names an aliased field by its variable already."""
    known = Settings.model_fields.get(field)
    if known is None:
        return field
    return known.validation_alias if isinstance(known.validation_alias, str) else f"{_PREFIX}{field.upper()}"


NAMES = frozenset(map(_variable, Settings.model_fields))
