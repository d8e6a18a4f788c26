"""The table of the click log, made by: python manage.py clicklog create"""

from __future__ import annotations

from typing import Any

from movie.clicks.base import ClickLogError
from movie.clicks.dynamodb_items import EXPIRES, Kept

INDEX = "by_movie"
ACTIVE_SECONDS = 60

TABLE_SHAPE: dict[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": "owner", "AttributeType": "S"},
        {"AttributeName": "event_id", "AttributeType": "S"},
        {"AttributeName": "movie_id", "AttributeType": "N"},
    ],
    "KeySchema": [
        {"AttributeName": "owner", "KeyType": "HASH"},
        {"AttributeName": "event_id", "KeyType": "RANGE"},
    ],
    # A local index, not a global one: only it can be read consistently, and what was clicked is seen at once.
    "LocalSecondaryIndexes": [
        {
            "IndexName": INDEX,
            "KeySchema": [
                {"AttributeName": "owner", "KeyType": "HASH"},
                {"AttributeName": "movie_id", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
}


def make_table(client: Any, name: str, kept: Kept) -> list[str]:
    """Make the table where it is missing, and return what there is to say of it.

    Raises ClickLogError where another of its name is there, and the client's own errors.
    """
    try:
        client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **TABLE_SHAPE)
        done = f"Table {name} made, on-demand billing."
    except client.exceptions.ResourceInUseException:
        done = f"Table {name} is there already."
    waiter = client.get_waiter("table_exists")
    waiter.wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": ACTIVE_SECONDS})
    _check_shape(client.describe_table(TableName=name)["Table"])
    return [done, str(kept) if _switch_ttl_on(client, name) else "This server has no TTL: events stay until deleted."]


def _switch_ttl_on(client: Any, name: str) -> bool:
    """False where the server has none."""
    try:
        ttl = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        if ttl["TimeToLiveStatus"] not in ("ENABLED", "ENABLING"):
            wanted = {"Enabled": True, "AttributeName": EXPIRES}
            client.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted)
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "UnknownOperationException":
            raise
        return False
    return True


def _check_shape(table: dict[str, Any]) -> None:
    indexes = {index["IndexName"]: index for index in table.get("LocalSecondaryIndexes", [])}
    wanted = TABLE_SHAPE["LocalSecondaryIndexes"][0]
    index = indexes.get(INDEX, {})
    if table["KeySchema"] != TABLE_SHAPE["KeySchema"] or index.get("KeySchema") != wanted["KeySchema"]:
        raise ClickLogError(
            f"Expected table {table['TableName']} to have the keys owner, event_id and the local index {INDEX} "
            f"(got {table['KeySchema']}, {sorted(indexes)}). Choose another name by DYNAMODB_TABLE"
        )
