"""Execute the chapters as on another machine, and compare with what is stored.

    python notebooks/elsewhere.py            all of them, about two minutes
    python notebooks/elsewhere.py 03         those whose names begin with 03

First it says what of this machine it could change: the instructions that
NumPy uses, the kernel of OpenBLAS, the C library's path through exp, the time
zone, the order of hashes, the encoding of files. Then it names each cell that
shows something else than stored, and by how much. Pictures count where
Matplotlib is the version in requirements.txt. Nothing is written.
"""

import base64
import difflib
import io
import json
import os
import platform
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

import nbformat
import numpy as np
from numpy._core._multiarray_umath import __cpu_dispatch__
from PIL import Image

from execute import DRAWN_WITH_THIS, STILL, chapters, executed, pictures
from execute import shows_the_same as same

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
    """Compare the chapters; return whether any shows something else."""
    here = features()
    os.environ.update(STILL | ELSEWHERE)
    for name, there in features().items():
        change = f"{here[name]} → {there or 'the baseline'}"
        print(f"{name}:", change if here[name] != there else "NOT CHANGED")
    with ProcessPoolExecutor(2) as pool:
        found = sum(pool.map(compare, chapters(prefixes)), [])
    print("\n".join(found) or "Everything is as stored.")
    return bool(found)


def features():
    """Return what a process that starts now finds around it."""
    run = [sys.executable, "-c", FEATURES]
    return json.loads(subprocess.check_output(run))


def compare(path):
    """Return a text for each cell of a chapter that shows something else."""
    stored, found = (
        nbformat.read(path, as_version=4).cells,
        executed(path).cells,
    )
    return [
        f"{path.name}, [{old.execution_count}]: {difference}"
        for old, new in zip(stored, found)
        if old.cell_type == "code"
        for difference in differences(old.outputs, new.outputs)
    ]


def differences(old, new):
    """Yield in words how two lists of outputs differ."""
    lines = difflib.ndiff(words(old), words(new))
    if changed := [line for line in lines if line[0] in "-+"]:
        yield "\n".join(["stored (-) and found (+)", *changed])
    old, new = pictures(old), pictures(new)
    if len(old) != len(new):
        yield f"{len(new)} pictures instead of {len(old)}"
    for one, other in zip(old, new):
        if DRAWN_WITH_THIS and not same(one, other):
            yield f"{apart(one, other)} pixels differ: {one['text/plain']}"


def words(outputs):
    """Return the lines of all that is no picture."""
    texts = (o.get("data") or {"text": o.get("text", "")} for o in outputs)
    kinds = (kind for text in texts for kind in sorted(text.items()))
    return [s for k, v in kinds if k != "image/png" for s in v.splitlines()]


def apart(*pair):
    """Return how many pixels of two pictures differ to the eye."""
    files = (io.BytesIO(base64.b64decode(data["image/png"])) for data in pair)
    one, other = (np.array(Image.open(f).convert("RGB"), int) for f in files)
    if one.shape != other.shape:
        return "all"
    return (abs(one - other).max(axis=-1) > 40).sum()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
