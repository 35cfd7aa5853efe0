"""Mains, battery and rail: how long they carry the pump, and what a dip does."""

import pytest

from evenflow import boards
from evenflow.emulator.plant import Plant, PlantConfig
from evenflow.emulator.plant.battery import CUT_OFF_V, Battery
from evenflow.emulator.plant.supply import hold_up_ms

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000
S_PER_H = 3_600


def plant(**changes: object) -> Plant:
    return Plant(boards.load("pico"), PlantConfig(**changes), seed=1)


def run(subject: Plant, s: float) -> None:
    """As the board does: from event to event."""
    until_ns = subject.now_ns + round(s * NS_PER_S)
    while subject.now_ns < until_ns:
        event_ns = subject.next_event_at_ns()
        subject.advance(until_ns if event_ns is None else min(event_ns, until_ns), 0)
        subject.fire_due()


def turn_motor_on(subject: Plant) -> None:
    subject.enable.is_gate_high = True
    subject.enable.last_edge_at_ns = 1 << 60


def lasting_h(subject: Plant) -> float:
    began_ns = subject.now_ns
    subject.mains_off()
    while subject.supply.is_on:
        run(subject, 1)
    return (subject.now_ns - began_ns) / NS_PER_S / S_PER_H


def test_the_current_is_that_which_gives_the_power_at_the_voltage_under_load() -> None:
    cell = Battery(2.6, 0.08)
    cell.set_charge(0.5)
    current_a = cell.current_a(1.2)

    assert current_a is not None
    assert cell.open_circuit_v == pytest.approx(3.715)
    assert cell.voltage_v(1.2) == pytest.approx(3.715 - 0.08 * current_a)
    assert cell.voltage_v(1.2) * current_a == pytest.approx(1.2)
    assert cell.voltage_v(0.0) == pytest.approx(3.715)


def test_no_cell_gives_more_than_a_quarter_of_its_short_circuit_power() -> None:
    cell = Battery(2.6, 0.08)

    assert cell.current_a(4.18**2 / 4 / 0.08 * 0.999) is not None
    assert cell.current_a(4.18**2 / 4 / 0.08 * 1.001) is None
    assert cell.voltage_v(1_000.0) == 0.0


def test_a_second_s_step_is_as_good_as_a_hundredth() -> None:
    def lasting_s(step_s: float) -> float:
        cell = Battery(0.05, 0.08)
        steps = 0
        while not cell.is_exhausted:
            cell.discharge(1.2, step_s)
            steps += 1
        return steps * step_s

    # Of a fiftieth of the battery: about ten minutes.
    assert lasting_s(1.0) == pytest.approx(lasting_s(0.01), abs=2.0)


def test_it_is_exhausted_as_soon_as_its_voltage_is_below_the_cut_off() -> None:
    cell = Battery(0.05, 0.5)
    while not cell.is_exhausted:
        assert cell.voltage_v(1.2) >= CUT_OFF_V
        cell.discharge(1.2, 1.0)

    assert 0.0 < cell.charge < 0.1


def test_the_battery_carries_an_infusion_for_eight_hours_and_rest_for_longer() -> None:
    subject = plant()
    turn_motor_on(subject)

    assert lasting_h(subject) == pytest.approx(8.0, abs=0.3)
    assert lasting_h(plant()) > 16


def test_half_a_capacity_lasts_for_less_than_half() -> None:
    def lasting(percent: float) -> float:
        subject = plant(battery_ah=0.26)
        turn_motor_on(subject)
        subject.battery_fade(percent)
        return lasting_h(subject)

    assert lasting(50) == pytest.approx(lasting(100) / 2, rel=0.02)
    assert lasting(50) < lasting(100) / 2


def test_on_mains_the_battery_charges() -> None:
    subject = plant(battery_percent=50.0)
    run(subject, S_PER_H)
    assert subject.supply.battery_percent == pytest.approx(50 + 100 * 0.5 / 2.6)

    run(subject, 4 * S_PER_H)
    assert subject.supply.battery_percent == 100.0


def test_without_battery_the_loss_of_mains_is_the_loss_of_power() -> None:
    subject = plant()
    turn_motor_on(subject)
    told = []
    subject.supply.on_change = lambda: told.append(subject.supply.is_on)
    subject.battery(0)
    assert subject.motor_enabled
    subject.mains_off()

    assert not subject.motor_enabled
    subject.mains_on()
    assert subject.motor_enabled
    assert told == [False, True]


def test_a_cut_takes_the_battery_too_and_costs_no_charge() -> None:
    subject = plant()
    subject.mains_off()
    run(subject, 60)
    subject.power_cut()
    percent = subject.supply.battery_percent
    run(subject, S_PER_H)

    assert not subject.supply.is_on
    assert subject.supply.battery_percent == percent < 100
    subject.power_restore()
    assert subject.supply.is_on


def test_the_rail_s_capacitor_bridges_a_dip_by_its_energy() -> None:
    # 100 uF from 5 V to 1.8 V are 1.088 mJ: 2.2 ms at half a watt
    assert hold_up_ms(100.0, 5.0, 1.8, 0.5) == pytest.approx(2.176)
    subject = plant()
    subject.brownout(2.1)
    run(subject, 1)

    assert (subject.supply.dip_count, subject.supply.brownout_count) == (1, 0)


def test_a_longer_dip_is_a_brown_out_from_there_to_its_end() -> None:
    subject = plant()
    turn_motor_on(subject)
    changes: list[tuple[float, bool]] = []
    subject.supply.on_change = lambda: changes.append(
        (subject.now_ns / NS_PER_MS, subject.supply.is_on)
    )
    subject.brownout(8)
    run(subject, 1)

    # the motor drains the capacitor, too
    assert changes[0] == (pytest.approx(hold_up_ms(100.0, 5.0, 1.8, 1.2), abs=1e-5), False)
    assert changes[1:] == [(8.0, True)]
    assert subject.supply.brownout_count == 1


def test_dips_that_overlap_are_one_brown_out() -> None:
    subject = plant()
    subject.brownout(20)
    run(subject, 0.001)
    subject.brownout(50)
    run(subject, 0.04)
    assert not subject.supply.is_on

    run(subject, 0.02)
    assert subject.supply.is_on
    assert (subject.supply.dip_count, subject.supply.brownout_count) == (2, 1)
