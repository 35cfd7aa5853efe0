"""Boards: the files that say what a pump is made of, and the flat profiles that firmware reads."""

from evenflow.boards.board_file import (
    Profile,
    fixtures,
    known,
    load,
    load_any,
    require_drivers,
)

__all__ = ["Profile", "fixtures", "known", "load", "load_any", "require_drivers"]
