"""Boards: the files that say what a pump is made of, and the flat profiles that firmware reads."""

from evenflow.boards.board_file import Profile, known, load, require_drivers

__all__ = ["Profile", "known", "load", "require_drivers"]
