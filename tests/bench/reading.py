"""Reading: what a system file takes, in processor time and memory, beside a plain load of the same file by PyYAML.

Bounds on time and memory protect people, and fail no test: they are measured here. Both sides change alike from machine
to machine, so read the ratios.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from synthetic import system

from nbthreat.system import documents
from nbthreat.system.documents.nodes import BYTES_LIMIT

ROUNDS = 3
SIZES = (50, 300, 1_000)
PROGRAMS = {
    "python alone": "pass",
    "yaml.safe_load": "import yaml; yaml.safe_load(open(sys.argv[1], encoding='utf-8'))",
    "nbthreat": "from nbthreat import System, documents; documents.read(System, sys.argv[1])",
}
MEASURED = """
import json, resource, sys
def peak():  # Linux tells a process the peak of whoever started it as its own, but not in this file
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
{program}
usage = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([usage.ru_utime + usage.ru_stime, peak()]))
"""


def spent(program: str, path: Path) -> tuple[float, float]:
    """Return the least processor seconds and the least megabytes of a few processes that run a program on a file."""
    command = [sys.executable, "-c", MEASURED.format(program=program), str(path)]
    runs = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(ROUNDS)]
    return min(seconds for seconds, _ in runs), min(megabytes for _, megabytes in runs)


def measured(path: Path) -> Mapping[str, tuple[float, float]]:
    """Return the processor seconds and megabytes of each program over those of Python alone."""
    found = {name: spent(program, path) for name, program in PROGRAMS.items()}
    seconds, megabytes = found.pop("python alone")
    return {name: (took - seconds, held - megabytes) for name, (took, held) in found.items()}


def bench_read() -> None:
    """Print what reading takes at each size, whole processes over what Python alone takes."""
    print(
        f"8. reading a system file, whole processes over Python alone, least of {ROUNDS}; up to {BYTES_LIMIT:,} bytes"
    )
    with TemporaryDirectory() as folder:
        for size in SIZES:
            path = Path(folder) / "system.yaml"
            path.write_text(documents.dump(system(size)), encoding="utf-8")
            found = measured(path)
            (plain, bare), (ours, held) = found["yaml.safe_load"], found["nbthreat"]
            print(f"   {size:>6,} elements, {path.stat().st_size / 1e6:5.2f} MB: {ours:6.2f} s and {held:5.0f} MB")
            print(
                f"          yaml.safe_load of the same file: {plain:6.2f} s and {bare:5.0f} MB; "
                f"ours takes {ours / plain:.2f} times the time and {held / bare:.2f} times the memory"
            )
    print()
