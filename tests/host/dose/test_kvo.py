"""A flow after the end, as it is ordered: what permits and bounds it, and none for ketamine."""

from pathlib import Path

import pytest
from host.dose.orders import bench_table, plan_of, reference_table

from evenflow.dose import library
from evenflow.dose.order import from_table
from evenflow.dose.plan import Plan, plan
from evenflow.dose.plan_json import as_json
from evenflow.errors import Refused
from pumpcore import library as device

pytestmark = pytest.mark.requirement("SYR-07")

SHIPPED = Path(library.__file__).with_name("library.toml").read_text(encoding="utf-8")


def codes(of: Plan) -> set[tuple[str, str]]:
    """Places and codes of what is refused."""
    error = of.error()
    return set() if error is None else {(one.where, one.code) for one in error.problems}


@pytest.mark.requirement("LIB-01")
@pytest.mark.parametrize("rate", ["0.1 mL/h", "1 mL/h", "0.05 mL/h"])
def test_ketamine_has_none(rate: str) -> None:
    table = reference_table(therapy__kvo=rate)

    assert ("therapy.kvo", "kvo_not_permitted") in codes(plan_of(table))


@pytest.mark.requirement("FLO-14")
@pytest.mark.parametrize(
    ("changes", "is_refused"),
    [
        ({"therapy__kvo": "0.1 mL/h"}, False),
        ({"therapy__kvo": "1 mL/h"}, False),
        ({"therapy__kvo": "1.001 mL/h"}, True),
        ({"therapy__kvo": "0.099 mL/h"}, True),
        ({"therapy__rate": "0.5 mL/h", "therapy__kvo": "0.5 mL/h"}, False),
        ({"therapy__rate": "0.5 mL/h", "therapy__kvo": "0.501 mL/h"}, True),
    ],
)
def test_it_is_no_faster_than_a_millilitre_an_hour_and_the_last_rate(
    changes: dict[str, object], *, is_refused: bool
) -> None:
    found = codes(plan_of(bench_table(**changes)))

    assert found == ({("therapy.kvo", "kvo_rate")} if is_refused else set())


@pytest.mark.requirement("FLO-14")
@pytest.mark.parametrize(("rate", "code"), [("0.1 mL", "unit_wrong"), ("0.1005 mL/h", "too_fine")])
def test_what_is_no_flow_is_refused_as_it_is_read(rate: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        plan_of(bench_table(therapy__kvo=rate))

    assert [(one.where, one.code) for one in caught.value.problems] == [("therapy.kvo", code)]


@pytest.mark.requirement("LIB-01", "KET-04")
def test_an_entry_that_permits_it_bounds_its_rate_and_the_mass_of_the_whole(
    tmp_path: Path,
) -> None:
    path = tmp_path / "library.toml"
    off, on = "[entry.kvo]\nvalue = false", '[entry.kvo]\nvalue = "0.5 mL/h"'
    assert off in SHIPPED
    path.write_text(SHIPPED.replace(off, on), encoding="utf-8")
    permitting = library.load(path)
    installed = device.Library(
        tuple(tuple(entry.device_row()) for entry in permitting.entries), permitting.digest
    )

    def ordered(rate: str, **changes: object) -> Plan:
        table = reference_table(therapy__kvo=rate, **changes)
        return plan(from_table(table, "test.toml", permitting), library=permitting)

    permitted = ordered("0.5 mL/h")
    assert codes(permitted) == set()
    assert installed.entries[0].kvo_rate_ul_per_h == 500
    assert codes(ordered("0.501 mL/h")) == {("therapy.kvo", "kvo_rate")}
    # 99.5 mg, and 1 mg an hour at 2 mg/mL; the entry's limit is 100 mg.
    heavy = {"patient__weight": "150 kg", "therapy__dose": "99.5 mg", "syringe__fill": "50.75 mL"}
    assert ("therapy.kvo", "mass_hard") in codes(ordered("0.5 mL/h", **heavy))
    assert ("therapy.kvo", "mass_hard") not in codes(ordered("0.25 mL/h", **heavy))


def test_the_plan_and_its_digest_tell_it() -> None:
    without = plan_of(bench_table())
    ordered = plan_of(bench_table(therapy__kvo="0.5 mL/h"))

    assert as_json(without)["kvo_ml_per_h"] is None
    assert as_json(ordered)["kvo_ml_per_h"] == 0.5
    assert ordered.stage_values(1)["kvo_ul_per_h"] == 500
    assert ordered.digest != without.digest
