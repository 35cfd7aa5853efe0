"""How Alembic runs the steps: on the connection that `bring_to_head` holds, in its transaction."""

from alembic import context

from evenflow.telemetry.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
