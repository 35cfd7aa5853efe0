"""The pump's own copy of the library; its limits are tested with the orders in test_programme."""

import pytest
from core import ketamine, pico
from core.pump_bench import bench_order

from pumpcore import limits
from pumpcore.library import DEFAULT_OCCLUSION_MMHG, Library
from pumpcore.programme import MASS_PER_KG, NO_LIBRARY, Refused, derive


@pytest.mark.requirement("LIB-04", "LIB-05")
def test_an_empty_library_takes_bench_orders_only() -> None:
    library = Library()

    assert library.digest == NO_LIBRARY
    assert library.require(bench_order()) is None
    with pytest.raises(Refused) as caught:
        library.require(ketamine.order())
    assert caught.value.name == "wrong_library"


@pytest.mark.requirement("LIB-04")
def test_an_order_planned_with_another_library_is_refused() -> None:
    library = ketamine.library()
    order = ketamine.order()
    assert library.require(order) == ketamine.ENTRY
    order.library = bytes(8)
    with pytest.raises(Refused) as caught:
        library.require(order)

    assert caught.value.name == "wrong_library"


@pytest.mark.requirement("LIB-04", "LIB-05")
@pytest.mark.parametrize(
    "changes",
    [{"dose_form": MASS_PER_KG}, {"concentration_ng_per_ml": 1}],
)
def test_an_order_of_a_drug_names_its_entry(changes: dict[str, int]) -> None:
    order = bench_order()
    for name, value in changes.items():
        setattr(order, name, value)
    with pytest.raises(Refused) as caught:
        ketamine.library().require(order)

    assert caught.value.name == "bench_only"


@pytest.mark.requirement("LIB-04", "LIB-05")
def test_an_entry_that_the_library_lacks_is_refused() -> None:
    order = ketamine.order()
    order.entry += 1
    with pytest.raises(Refused) as caught:
        ketamine.library().require(order)

    assert caught.value.name == "unknown_entry"


@pytest.mark.requirement("LIB-15")
def test_entries_of_the_same_drug_count_together() -> None:
    other = ketamine.ENTRY._replace(ident=9, drug="another")
    again = ketamine.ENTRY._replace(ident=8)
    library = Library((ketamine.ENTRY, again, other), ketamine.DIGEST)

    assert library.idents_of_other_drugs(library.entries[0]) == (9,)
    assert library.idents_of_other_drugs(other) == (7, 8)


@pytest.mark.requirement("OCC-04", "SYR-04")
def test_pressure_limit_and_warning_are_those_of_the_entry_or_the_projects() -> None:
    library = ketamine.library(occlusion_mmhg=450, near_end_ms=60_000)
    entry = library.entries[0]

    assert library.occlusion_mmhg(entry, 0) == 450
    assert library.near_end_ms(entry) == 60_000
    assert library.occlusion_mmhg(None, 0) == DEFAULT_OCCLUSION_MMHG == 300
    assert library.near_end_ms(None) == limits.NEAR_END_MS


@pytest.mark.requirement("OCC-04")
def test_an_order_may_lower_the_pressure_limit_of_its_entry_and_no_more() -> None:
    library = ketamine.library(occlusion_mmhg=300)
    entry = library.entries[0]
    for ordered_mmhg in (50, 150, 300):
        assert library.occlusion_mmhg(entry, ordered_mmhg) == ordered_mmhg
    order = ketamine.order()
    order.occlusion_mmhg = 150
    assert derive(order, pico.profile(), library).occlusion_mmhg == 150
    assert library.occlusion_mmhg(None, 750) == 750
    for where, ordered_mmhg, bound in (
        (entry, 49, 50),
        (entry, 301, 300),
        (None, 49, 50),
        (None, 751, 750),
    ):
        with pytest.raises(Refused) as caught:
            library.occlusion_mmhg(where, ordered_mmhg)
        assert (caught.value.name, caught.value.bound) == ("occlusion_limit", bound)


@pytest.mark.requirement("OCC-04", "LIB-01")
@pytest.mark.parametrize(
    ("field", "low", "high"),
    [
        ("weight_low_ng", limits.MIN_WEIGHT_NG, limits.MAX_WEIGHT_NG),
        ("weight_high_ng", limits.MIN_WEIGHT_NG, limits.MAX_WEIGHT_NG),
        ("duration_low_ms", limits.MIN_DURATION_MS, limits.MAX_DURATION_MS),
        ("duration_high_ms", limits.MIN_DURATION_MS, limits.MAX_DURATION_MS),
        ("occlusion_mmhg", limits.MIN_OCCLUSION_MMHG, limits.MAX_OCCLUSION_MMHG),
    ],
)
def test_no_library_passes_the_pumps_own_bounds(field: str, low: int, high: int) -> None:
    # A range of that value alone, for its low end is not above its high one.
    fields = [field.replace("low", end).replace("high", end) for end in ("low", "high")]
    for value in (low, high):
        ketamine.library(**dict.fromkeys(fields, value))
    for value in (low - 1, high + 1):
        with pytest.raises(limits.OutOfRange) as caught:
            ketamine.library(**dict.fromkeys(fields, value))
        assert (caught.value.value, caught.value.low, caught.value.high) == (value, low, high)


def test_rows_may_come_as_lists_from_json() -> None:
    row = [list(part) if isinstance(part, tuple) else part for part in ketamine.ENTRY]
    library = Library([row], ketamine.DIGEST)

    assert library.require(ketamine.order()).drug == "ketamine"
