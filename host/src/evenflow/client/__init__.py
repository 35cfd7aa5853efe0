"""Speaking to a pump: the async `Pump`, and `SyncPump` beside it."""

from evenflow.client.pump import Pump
from evenflow.client.refusal import UncertainDelivery
from evenflow.client.sync import SyncPump

__all__ = ["Pump", "SyncPump", "UncertainDelivery", "connect"]

connect = Pump.connect
