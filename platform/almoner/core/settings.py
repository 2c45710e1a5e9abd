"""Settings, read once from the environment (`ALMONER_…`). Everything has a default that works on one machine."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from math import ceil
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator can set. Secrets are `SecretStr`, so that printing settings never shows them."""

    model_config = SettingsConfigDict(env_prefix="ALMONER_", extra="ignore")

    data_dir: Path = Field(
        default=Path(".almoner"), description="Where the embedded database and the generated token keys live."
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL 15+ for the application. Unset: an embedded PostgreSQL in the data folder.",
    )
    migration_url: SecretStr | None = Field(
        default=None, description="The same database for `almoner migrate`, which may create roles. Default: the above."
    )
    app_password: SecretStr | None = Field(
        default=None, description="The password that `almoner migrate` gives to the database role almoner_app."
    )
    broker_url: SecretStr | None = Field(
        default=None,
        description="amqp://… (RabbitMQ), redis://… or postgresql://…. Unset: the application's own database.",
    )
    token_keys_file: Path | None = Field(
        default=None, description="JWK set with the Ed25519 keys that sign tokens; the first one signs. Default: made."
    )
    issuer: str = Field(default="almoner", description="`iss` of the access tokens.")
    audience: str = Field(default="almoner-api", description="`aud` of the access tokens.")
    token_minutes: int = Field(default=60, ge=1, le=24 * 60, description="How long an access token is good.")
    session_hours: int = Field(
        default=12, ge=1, le=24 * 30, description="How long after signing in refresh tokens give new access tokens."
    )
    sealing_keys_file: Path | None = Field(
        default=None, description="JWK set of secret keys that seal what the database must not reveal. Default: made."
    )
    openid_issuers: str = Field(
        default="", description="OpenID issuers that tenants may let people sign in by, separated by spaces."
    )
    environment: Literal["development", "production"] = Field(
        default="production", description="Development serves GraphiQL and schema introspection to everyone."
    )
    clock_file: Path | None = Field(
        default=None,
        description="In development only: the API's clock stands at the instant that this file holds, for "
        "demonstrations of what takes months.",
    )
    log_level: str = "INFO"
    lease_seconds: float = Field(default=10, gt=0, le=15, description="How long a silent worker keeps a job.")
    keep_days: int = Field(
        default=30,
        ge=1,
        description="How long sessions, one-time tokens and policy previews that are over are kept: long enough to "
        "look into what happened. The journal keeps that it happened, for good.",
    )
    pool_size: int = Field(default=8, ge=1, description="Database connections per process.")
    subject_points: int = Field(
        default=6_000,
        ge=0,
        description="How much an account or a service account may ask for in a minute; 0: no limit.",
    )
    tenant_points: int = Field(
        default=60_000, ge=0, description="How much all of a tenant may ask for in a minute; 0: no limit."
    )
    address_points: int = Field(
        default=300, ge=0, description="How much an address may ask for in a minute without a token; 0: no limit."
    )
    public_points: int = Field(
        default=6_000, ge=0, description="How much a tenant's public may ask for in a minute, together; 0: no limit."
    )
    tenant_requests: int = Field(
        default=200, ge=0, description="Requests of a tenant that a process answers at the same time; 0: no limit."
    )
    public_requests: int = Field(
        default=50,
        ge=0,
        description="Requests of a tenant's public that a process answers at the same time; 0: no limit.",
    )
    tenant_share: float = Field(
        default=0.5, gt=0, le=1, description="The part of an API process's connections that a tenant may use at a time."
    )
    trusted_proxies: str = Field(
        default="", description="Addresses or networks whose X-Forwarded-For is believed, separated by spaces."
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for text in value.split():
            ip_network(text)
        return value

    @model_validator(mode="after")
    def _clock_of_development(self) -> Settings:
        if self.clock_file is not None and not self.is_development:
            raise ValueError("ALMONER_CLOCK_FILE is for ALMONER_ENVIRONMENT=development.")
        return self

    @property
    def is_development(self) -> bool:
        """Whether the schema is open to everyone."""
        return self.environment == "development"

    @property
    def application_url(self) -> str:
        """The application's database, in the clear: for those who connect.

        Raises:
            ValueError: none is set. The command line sets it when it has started the embedded one.
        """
        if self.database_url is None:
            raise ValueError("ALMONER_DATABASE_URL is not set.")
        return self.database_url.get_secret_value()

    @property
    def keys_file(self) -> Path:
        """Where the token keys are."""
        return self.token_keys_file or self.data_dir / "token-keys.json"

    @property
    def sealing_file(self) -> Path:
        """Where the sealing keys are: beside the token keys, which every process of an installation shares."""
        return self.sealing_keys_file or self.keys_file.with_name("sealing-keys.json")

    @property
    def allowed_issuers(self) -> frozenset[str]:
        """The OpenID issuers that tenants may use."""
        return frozenset(self.openid_issuers.split())

    @property
    def trusted_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Where proxies are that are believed."""
        return tuple(ip_network(text) for text in self.trusted_proxies.split())

    @property
    def tenant_connections(self) -> int:
        """How many connections of a pool one tenant may use at a time; at least one."""
        return ceil(self.pool_size * self.tenant_share)


@lru_cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
