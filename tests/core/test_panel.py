"""Bits and vocabulary of the panel."""

import pytest

from pumpcore import panel

pytestmark = pytest.mark.requirement("DES-08")


def test_switch_bits_stand_in_the_order_of_their_names() -> None:
    for index, name in enumerate(panel.SWITCHES):
        assert getattr(panel, name.upper()) == 1 << index


def test_the_mask_of_keys_is_all_keys_and_nothing_else() -> None:
    keys = [index for index, name in enumerate(panel.SWITCHES) if name.startswith("key_")]

    assert sum(1 << index for index in keys) == panel.KEYS


def test_checklist_bits_stand_in_the_order_of_their_names() -> None:
    for index, name in enumerate(panel.CHECKLIST_ITEMS):
        assert getattr(panel, name.upper()) == 1 << index
    assert (1 << len(panel.CHECKLIST_ITEMS)) - 1 == panel.CHECKLIST_COMPLETE
