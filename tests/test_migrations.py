from __future__ import annotations

import pytest
from django.db.migrations.loader import MigrationLoader


@pytest.mark.parametrize("app", ["accounts", "movie", "office", "paper_review"])
def test_every_migration_can_be_taken_back_by_who_returns_to_the_version_before(app: str) -> None:
    found = [each for (of, _), each in MigrationLoader(None).disk_migrations.items() if of == app]
    assert found and all(operation.reversible for each in found for operation in each.operations)
