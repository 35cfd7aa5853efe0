"""`python -m evenflow.cli`: the command without its script."""

from evenflow.cli import main

main(prog_name="evenflow")
