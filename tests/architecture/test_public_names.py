"""What importers rely on is there, and costs nothing until it is used."""

import subprocess
import sys

import evenflow


def test_every_public_name_can_be_imported() -> None:
    for name in evenflow.__all__:
        assert getattr(evenflow, name) is not None


def test_connect_is_the_pumps_own() -> None:
    assert evenflow.connect == evenflow.Pump.connect


def test_importing_evenflow_imports_nothing_heavy() -> None:
    code = "import sys, evenflow; print(*(m for m in sys.modules if m.startswith('evenflow.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == []
