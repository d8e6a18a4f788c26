"""Lookups that do not mind the case, on MySQL too: names of accounts, what staff search for in the admin.

There the site's tables compare text exactly (migration 0002), and MySQL's LIKE, which Django trusts, follows that.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, TextField, lookups


class _BothSmall(lookups.BuiltinLookup):
    """On MySQL both sides in small letters; elsewhere as Django has it."""

    def process_lhs(self, compiler: Any, connection: BaseDatabaseWrapper, lhs: Any = None) -> Any:
        sql, params = super().process_lhs(compiler, connection, lhs)
        return (f"LOWER({sql})" if connection.vendor == "mysql" else sql), params

    def get_rhs_op(self, connection: BaseDatabaseWrapper, rhs: str) -> str:
        return super().get_rhs_op(connection, f"LOWER({rhs})" if connection.vendor == "mysql" else rhs)


class IExact(_BothSmall, lookups.IExact): ...


class IContains(_BothSmall, lookups.IContains): ...


class IStartsWith(_BothSmall, lookups.IStartsWith): ...


class IEndsWith(_BothSmall, lookups.IEndsWith): ...


for field in (CharField, TextField):
    for lookup in (IExact, IContains, IStartsWith, IEndsWith):
        field.register_lookup(lookup)
