"""A stand-in for sigrok-cli 0.7.2 with libsigrok 0.5.2: what its driver asks, in the same bytes.

`made` writes a program that plays changes of channels, and ends on a key press as the real one.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

BEHAVIOURS = {
    "absent": "no analyser is found",
    "overrun": "ends by itself after half of the changes, as fx2lafw does when a buffer runs over",
    "cut": "ends on the key press, without the last time",
    "silent": "starts, and no sample comes",
    "garbage": "writes what is no dump",
    "backwards": "writes a time that was before",
    "deaf": "does not end on a key press",
}
_SHEBANG = '#!/bin/sh\nexec {python} -m {module} {setting} "$@"\n'
# libsigrok's choice of a time scale for the rates that are offered.
_SCALES = {1_000_000: ("1 us", 1_000_000), 1_000_000_000: ("1 ns", 1_000_000_000)}


def made(
    folder: Path,
    changes: Sequence[tuple[int, str, bool]],
    end_sample: int,
    behaviour: str = "",
) -> Path:
    """The program in a folder: changes are (sample, channel, is high), those at 0 the levels."""
    setting = folder / "sigrok.json"
    content = {"changes": list(changes), "end_sample": end_sample, "behaviour": behaviour}
    setting.write_text(json.dumps(content), encoding="utf-8")
    program = folder / "sigrok-cli"
    program.write_text(
        _SHEBANG.format(python=sys.executable, module=__name__, setting=setting), encoding="utf-8"
    )
    program.chmod(0o755)
    return program


def main(arguments: Sequence[str]) -> int:
    """As the real program, for the options that the driver uses."""
    setting = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    behaviour = setting["behaviour"]
    if "--version" in arguments:
        _say("sigrok-cli 0.7.2\n\nLibraries and features:\n- libsigrok 0.5.2/5:1:1\n")
        return 0
    options = dict(pairwise(arguments))
    if behaviour == "absent":
        if "--scan" in arguments:
            return 0
        sys.stderr.write("No devices found.\n")
        return 1
    if "--scan" in arguments:
        _say("The following devices were found:\nfx2lafw - Stand-in with 8 channels: D0 D1\n")
        return 0
    return _capture(setting, behaviour, options)


def _capture(setting: Mapping[str, object], behaviour: str, options: Mapping[str, str]) -> int:
    pairs = [pair.split("=") for pair in options["--channels"].split(",")]
    rate_hz = int(options["--config"].removeprefix("samplerate="))
    if behaviour == "silent":
        sys.stdin.readline()
        return 0
    if behaviour == "garbage":
        _say("\0\1 no dump\n#0 what\n")
    scale, per_s = next(one for base, one in _SCALES.items() if base % rate_hz == 0)
    marks = {channel: chr(ord("!") + index) for index, (channel, _) in enumerate(pairs)}
    _say("$date Mon Nov 23 20:10:13 2026 $end\n$version libsigrok 0.5.2 $end\n$comment\n")
    _say(f"  Acquisition with {len(pairs)}/8 channels at {rate_hz} Hz\n$end\n")
    _say(f"$timescale {scale} $end\n$scope module libsigrok $end\n")
    _say("".join(f"$var wire 1 {marks[channel]} {name} $end\n" for channel, name in pairs))
    _say("$upscope $end\n$enddefinitions $end\n")
    moments: dict[int, list[str]] = {}
    for sample, channel, is_high in setting["changes"]:  # type: ignore[attr-defined]
        if channel in marks:
            moments.setdefault(sample, []).append(f"{int(is_high)}{marks[channel]}")
    lines = [f"#{sample * per_s // rate_hz} {' '.join(moments[sample])}" for sample in moments]
    if behaviour == "overrun":
        stored = lines[: max(1, len(lines) // 2)]
        # libsigrok ends such a dump as any other.
        at = int(stored[-1].split()[0].removeprefix("#"))
        _say("\n".join(stored) + f"\n#{at + 1}\n")
        sys.stderr.write("sr: session: Device stopped.\n")
        return 0
    if behaviour == "backwards":
        lines.append(lines[0])
    _say("\n".join(lines) + "\n")
    sys.stdin.readline()
    while behaviour == "deaf":
        sys.stdin.read()
    if behaviour != "cut":
        end = setting["end_sample"]
        _say(f"#{int(str(end)) * per_s // rate_hz}\n")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
