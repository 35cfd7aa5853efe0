"""What a file is, is seen from what is in it; what it is not is refused by name."""

from pathlib import Path

import pytest
from host.flow.logs import log

from evenflow.errors import EvenflowError
from evenflow.flow import balance_log, long_run, source
from evenflow.flow.mass import Liquid

pytestmark = pytest.mark.requirement("FLO-01")

PLAIN = Liquid(0.998, 0.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "readings.csv"


def test_a_balance_log_gives_the_volume_from_start_on(file: Path) -> None:
    file.write_text(log(), encoding="utf-8")
    found = source.load(file, PLAIN)

    assert found.kind == balance_log.KIND
    assert found.is_measured
    assert found.rate_ml_per_h == 5.0
    assert (found.time_s[0], found.time_s[-1]) == (-300.0, 7200.0)
    assert long_run(found.time_s, found.volume_ml, 5.0) == pytest.approx(0.0, abs=0.05)
    # 12 mg/h is 0.24 % of the flow.
    assert found.corrections["drift_taken_off_mg_per_h"] == pytest.approx(-12.0, abs=2.5)
    residual = found.corrections["drift_residual_percent"]
    assert residual is not None
    assert residual < 0.05


def test_buoyancy_is_a_tenth_of_a_percent(file: Path) -> None:
    file.write_text(log(noise_ug=0.0), encoding="utf-8")
    with_air, without = (source.load(file, one) for one in (Liquid(), PLAIN))

    assert with_air.volume_ml[-1] / without.volume_ml[-1] == pytest.approx(1.00105, abs=1e-5)


def test_a_balance_that_drifts_otherwise_after_the_run_is_refused(file: Path) -> None:
    file.write_text(log(after_mg_per_h=-60.0), encoding="utf-8")
    with pytest.raises(EvenflowError) as refused:
        source.load(file)

    assert refused.value.code == "instrument_drift"
    assert "mg/h" in refused.value.reason


def test_a_log_without_rests_says_that_nothing_was_taken_off(file: Path) -> None:
    file.write_text(log(rest_s=0), encoding="utf-8")
    found = source.load(file)

    assert "evaporation is not taken off" in found.notes[0]


def test_a_log_that_was_cut_is_read_as_far_as_it_goes(file: Path) -> None:
    whole = log(run_s=600)
    row_at = whole.index("\n400.000,run") + 1
    file.write_text(whole[: row_at + 9], encoding="utf-8")

    assert source.load(file).time_s[-1] == 90.0


@pytest.mark.parametrize("end", ["", "# a remark", "120", "120,"])
def test_a_last_row_that_was_cut_is_left_out_with_a_note(file: Path, end: str) -> None:
    file.write_text(f"time_s,mass_g\n0,0\n60,0.499\n{end}", encoding="utf-8")
    found = source.load(file, PLAIN)

    assert found.time_s.tolist() == [0.0, 60.0]
    is_told = any("line 4 has no end" in note for note in found.notes)
    assert is_told == end.startswith("120")


def test_a_whole_last_row_counts_though_nobody_ended_the_line(file: Path) -> None:
    file.write_text("time_s,mass_g\n0,0\n60,0.499\n120,0.998", encoding="utf-8")

    assert source.load(file, PLAIN).time_s.tolist() == [0.0, 60.0, 120.0]


def test_a_cut_log_or_trace_says_so_too(file: Path) -> None:
    for text in (log(run_s=600).rstrip("\n"), TRACE.rstrip("\n")):
        file.write_text(text, encoding="utf-8")
        assert "has no end" in source.load(file).notes[0]


def test_remarks_between_rows_are_told(file: Path) -> None:
    remark = "# t_s 310.000: instrument_silent: no answer within 2 s\n"
    text = log(run_s=600).replace("320.000,run", f"{remark}320.000,run")
    file.write_text(text, encoding="utf-8")

    assert "instrument_silent" in source.load(file).notes[0]


@pytest.mark.parametrize(
    "text",
    [
        "time_s,mass_g\n0,0\n60,0.499\n120,0.998\n",
        "Time (min);Weight [mg]\n0;0\n1;499\n2;998\n",
        "# a remark\nt h\tVolume mL\n0\t0\n0.03333333333333333\t1.0\n",
        "\ufefftime_s,volume_µl\r\n0,0\r\n120,1000\r\n",
        "time_s,mass_g\n0,998\n60,997.501\n120,997.002\n",
        '"time_s","mass_g"\n"0","0"\n"120","0.998"\n',
    ],
)
def test_two_columns_are_read_by_their_units(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    found = source.load(file, PLAIN)

    assert found.time_s[-1] == pytest.approx(120.0)
    assert found.volume_ml[-1] - found.volume_ml[0] == pytest.approx(1.0)


TRACE = (
    "t_s,state,patient_volume_ml,syringe_volume_ml,line_pressure_mmhg,motor_enabled,step_count,"
    "encoder_count,commanded_ml_per_h,led,sounder,alarms\n"
    "1.0000,confirmed,0.100000,14.0,0.00,0,7,0,0.000,off,off,\n"
    "1.0512,infusing,0.100000,14.0,0.00,1,7,0,5.000,off,off,\n"
    "1.1000,infusing,0.100000,14.0,0.00,1,7,0,5.000,off,off,\n"
    "1.2000,infusing,0.100100,14.0,1.00,1,8,0,5.000,off,off,\n"
    "1.2000,held,0.100100,14.0,2.00,0,8,0,0.000,off,off,occlusion_downstream;near_end\n"
)


def test_a_trace_begins_with_its_first_step(file: Path) -> None:
    file.write_text(TRACE, encoding="utf-8")
    found = source.load(file)

    assert found.kind == "scenario trace"
    assert found.time_s.tolist() == [0.0, 0.1]
    assert found.volume_ml == pytest.approx([0.0, 0.0001])
    assert found.rate_ml_per_h == 5.0
    assert found.states == ("infusing", "held")
    assert found.alarms == ("", "occlusion_downstream;near_end")
    assert found.pressure_mmhg is not None
    assert found.pressure_mmhg.tolist() == [0.0, 2.0]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unknown_kind"),
        (b"\xff\xfe1", "unknown_kind"),
        (b"# only remarks\n", "unknown_kind"),
        (b"a,b,c\n1,2,3\n", "unknown_kind"),
        (b"time,mass\n1,2\n", "bad_header"),
        (b"time_s,mass_lb\n1,2\n", "bad_header"),
        (b"time_s,mass_g\n", "series_short"),
        (b"time_s,mass_g\n1,2\n2,x\n", "bad_row"),
        (b"time_s,mass_g\n1,2\n2,nan\n", "bad_row"),
        (b"time_s,mass_g\n1,2\n2,3,4\n", "bad_row"),
        (b'time_s,mass_g\n1,2\n"2,3\n4,5\n', "bad_row"),
        (b"time_s,mass_g\n1,2\x00\n", "bad_row"),
        (b"t_s,phase,mass_ug,is_stable\n1,run,2,0\n", "series_short"),
        (b"t_s,phase,mass_ug,is_stable\n1,running,2,0\n", "bad_row"),
        (b"# a = \nt_s,phase,mass_ug,is_stable\n1,run,2,0\n", "bad_header"),
        (TRACE.replace("infusing", "idle").encode(), "series_short"),
        (b"SQLite format 3\x00 and nothing else", "record_unreadable"),
    ],
)
def test_what_is_no_file_of_readings_is_refused_by_name(
    file: Path, content: bytes, code: str
) -> None:
    file.write_bytes(content)
    with pytest.raises(EvenflowError) as refused:
        source.load(file)

    assert refused.value.code == code
    assert refused.value.hint


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvenflowError) as refused:
        source.load(tmp_path / "none.csv")

    assert refused.value.code == "no_file"
