"""The look of the series is the same whatever settings the reader has."""

import subprocess
import sys

import matplotlib as mpl

from gmmlib.show.look import LOOK, look


def test_the_look_is_matplotlibs_defaults_and_its_own_settings_whatever_the_readers():
    theirs = {"lines.linewidth": 9.0, "font.size": 3.0, "image.cmap": "gray"}
    with mpl.rc_context(theirs):
        before = {name: mpl.rcParams[name] for name in theirs}
        with look():
            ours = {n: mpl.rcParams[n] for n in mpl.rcParams if "backend" not in n}
        assert {name: mpl.rcParams[name] for name in theirs} == before
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(LOOK)
        assert {name: mpl.rcParams[name] for name in ours} == ours


def test_drawing_does_not_load_pyplot():
    run = (
        "import sys; from gmmlib.chapters.start_here import groups_found; "
        "groups_found(); sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", run]).returncode == 0
