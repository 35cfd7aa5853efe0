"""What importers rely on is there, and costs nothing until it is used."""

import subprocess
import sys

import evenflow
from evenflow.session import opening


def test_every_public_name_can_be_imported() -> None:
    for name in evenflow.__all__:
        assert getattr(evenflow, name) is not None


def test_connect_opens_whatever_a_port_names() -> None:
    assert evenflow.connect is opening.connect


def test_importing_evenflow_imports_nothing_heavy() -> None:
    code = "import sys, evenflow; print(*(m for m in sys.modules if m.startswith('evenflow.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == []
