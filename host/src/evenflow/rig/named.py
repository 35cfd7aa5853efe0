"""From the name of a rig, as `--rig` has it, to what it is."""

from pathlib import Path

from evenflow.errors import WrongUsage
from evenflow.rig.rig import Described

_LABGRID = "labgrid:"
_FORMS = "emulated, emulated-dry, a rig file, or labgrid:PLACE"


def described(name: str) -> Described:
    """The rig of that name, nothing opened; WrongUsage or Refused if there is none."""
    if name == "emulated":
        from evenflow.rig.emulated import DescribedEmulated

        return DescribedEmulated()
    if name == "emulated-dry":
        from evenflow.rig.emulated_dry import DescribedDry

        return DescribedDry()
    if name.startswith(_LABGRID):
        from evenflow.rig.labgrid_place import described_place

        return described_place(name.removeprefix(_LABGRID))
    path = Path(name)
    if path.suffix == ".toml" or path.exists():
        from evenflow.rig.rig_file import load

        return load(path)
    raise WrongUsage("unknown_rig", f"no rig {name!r}", f"name {_FORMS}")
