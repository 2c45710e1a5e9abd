"""Tenants, the programs that they run, and the periods that these are counted in."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from almoner.core.ids import new_id
from almoner.core.tables import GlobalTable, TenantTable, belongs_to, tenant_table


class Tenant(GlobalTable, table=True):
    """An agency. Global: it must be found by its code before there is a tenant to be in."""

    __tablename__ = "tenant"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    code: str = Field(unique=True, description="Short, lower case, in tokens and commands: `az-bhs`.")
    name: str
    time_zone: str = Field(description="IANA name; deadlines are computed in it.")


class Program(TenantTable, table=True):
    """A payment program of the tenant: Title XXI, HIFA II."""

    __tablename__ = "program"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "code"))

    code: str
    name: str


class Period(TenantTable, table=True):
    """A half-open span of days `[begin_on, until_on)` in a program; those of one program never overlap."""

    __tablename__ = "period"
    __table_args__ = tenant_table(
        belongs_to("program_id", "program"), UniqueConstraint("tenant_id", "program_id", "label")
    )

    program_id: UUID
    label: str
    begin_on: date
    until_on: date
