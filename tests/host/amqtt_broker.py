"""Runs amqtt until it is killed; its one argument names what `broker.py` wrote."""

import asyncio
import json
import sys
from pathlib import Path

from amqtt.broker import Broker
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session

_CONFIG = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))


class OneUser(BaseAuthPlugin):
    """Lets in whoever has the one name and password, or anybody where there is none."""

    async def authenticate(self, *, session: Session) -> bool:
        """Whether this one may."""
        wanted = _CONFIG["password"]
        return wanted is None or [session.username, session.password] == wanted


async def _run() -> None:
    plugin = f"{__name__}.{OneUser.__name__}"
    broker = Broker({"listeners": _CONFIG["listeners"], "plugins": {plugin: {}}})
    await broker.start()
    await asyncio.Event().wait()


asyncio.run(_run())
