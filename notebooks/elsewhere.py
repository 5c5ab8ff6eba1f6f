"""Execute the chapters as on another machine, and compare with what is stored.

    python notebooks/elsewhere.py            all of them, about two minutes
    python notebooks/elsewhere.py 03         those whose names begin with 03

First it says what of this machine it could change: the instructions that
NumPy uses, the kernel of OpenBLAS, the C library's path through exp, the time
zone, the order of hashes, the encoding of files. Then nbval names each cell
that shows something else than stored, and shows both. Pictures count where
Matplotlib is the version in requirements.txt. Nothing is written.
"""

import json
import os
import platform
import subprocess
import sys

import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__

from execute import chapters

ARM = platform.machine() in ("aarch64", "arm64")
HWCAPS = "-AVX2,-FMA,-AVX2_Usable,-FMA_Usable"  # new names, and old
ELSEWHERE = {
    "NPY_DISABLE_CPU_FEATURES": " ".join(__cpu_dispatch__),
    "OPENBLAS_CORETYPE": "ARMV8" if ARM else "Nehalem",
    "GLIBC_TUNABLES": f"glibc.cpu.hwcaps={HWCAPS}",
    "TZ": "CHA-12:45",
    "PYTHONHASHSEED": "1",
    **{"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
}
FEATURES = """
import json, locale, math, time
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
from threadpoolctl import threadpool_info
print(json.dumps({
    "NumPy": " ".join(n for n in __cpu_dispatch__ if __cpu_features__.get(n)),
    "OpenBLAS": " ".join(b.get("architecture", "") for b in threadpool_info()),
    "exp": hash(tuple(math.exp(i / 997) for i in range(9999))) % 10**6,
    "time zone": time.strftime("%z"),
    "hashes": hash("a word") % 10**6,
    "files": locale.getpreferredencoding(False),
}))
"""


def main(prefixes):
    """Compare the chapters; return pytest's exit code."""
    here = features()
    os.environ.update(ELSEWHERE)
    for name, there in features().items():
        change = f"{here[name]} → {there or 'the baseline'}"
        print(f"{name}:", change if here[name] != there else "NOT CHANGED")
    options = "--nbval", "-q", "-n2", "--dist=loadfile", "-pno:cacheprovider"
    return pytest.main([*options, *map(str, chapters(prefixes))])


def features():
    """Return what a process that starts now finds around it."""
    run = [sys.executable, "-c", FEATURES]
    return json.loads(subprocess.check_output(run))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
