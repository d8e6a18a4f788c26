"""DynamoDB servers that run here. See .ci/services for what is installed where."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from tests.services.processes import PROGRAMS, Server

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_EC2_METADATA_DISABLED": "true"}
"""What boto3's own chain finds; the servers take any."""


class Dynalite(Server):
    """Keeps its data in its folder, also over SIGKILL. Has no TTL and no transactions."""

    def command(self) -> Sequence[str]:
        program = PROGRAMS / "dynalite" / "node_modules" / "dynalite" / "cli.js"
        at_once = [f"--{action}TableMs=0" for action in ("create", "delete", "update")]
        data = ["--path", str(self.folder / "data")]
        return ["node", str(program), "--host", "127.0.0.1", "--port", str(self.port), *data, *at_once]

    def settings(self) -> dict[str, str]:
        """Environment of a site whose click log it is."""
        return {
            **CREDENTIALS,
            "CLICKLOG": "dynamodb",
            "DYNAMODB_ENDPOINT": self.url,
            "DYNAMODB_REGION": "ap-northeast-2",
        }


class Moto(Server):
    """In memory, with TTL; its conditional puts are not atomic under threads, so it is for TTL alone."""

    def command(self) -> Sequence[str]:
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]

    def environment(self) -> Mapping[str, str]:
        return {**os.environ, "PYTHONPATH": str(PROGRAMS / "moto")}
