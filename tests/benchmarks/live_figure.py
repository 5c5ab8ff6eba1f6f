"""How soon a live figure answers a key, beside the plain way with interact and show.

    python tests/benchmarks/live_figure.py

Both draw the same picture of chapter 3. The clock runs in the browser, from a real
key press on the focused slider to the second frame after the new picture is decoded.
"""

import os
import platform
import re
import statistics
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import nbformat

sys.path.insert(0, str(Path(__file__).parents[1]))
import browser
from browser import Chapter, Slider

WAYS = {
    "Live": """\
%matplotlib inline
from gmmlib.chapters.two_coins import coin_explorer

live = coin_explorer()
live
""",
    "plain": """\
import ipywidgets as W
import matplotlib.pyplot as plt

import gmmlib as gl
from gmmlib.chapters.two_coins import ITERATIONS
from gmmlib.show import marks
from gmmlib.show.look import look

x = gl.datasets.coin_trials()


def explore(theta_a, theta_b, weight, learn, iteration):
    start = gl.CoinMixture([theta_a, theta_b], [weight, 1 - weight], learn)
    trace = gl.em(start, x, max_iter=ITERATIONS, tol=None, progress=False)
    model = trace.models[iteration]
    r = model.responsibilities(x)
    with look():
        fig = plt.figure(figsize=(9, 3.4), dpi=100, layout="constrained")
        whose, urns, square, ascent = fig.subplots(
            1, 4, width_ratios=(1.25, 0.85, 1.15, 1.05)
        )
        marks.trial_axes(whose, x)
        marks.trial_shares(whose, r)
        urns.set_xticks((0, 1), ("coin A", "coin B"))
        urns.set(xlim=(-0.5, 1.5), ylim=(0, 1.12 * x.sum()), title="Tosses poured")
        marks.pour(urns, *(r.T @ x).T)
        marks.unit_square(square, "ℓ(θ)")
        marks.surface(square, x, model.weights)
        marks.path(square, [m.heads for m in trace.models[: iteration + 1]])
        marks.here(square, *model.heads)
        marks.handle(square, theta_a, theta_b)
        marks.ascent_axes(ascent, ITERATIONS, -33.5, -31.5, "log-likelihood ℓ")
        marks.climb(ascent, trace.log_likelihoods, iteration)
        plt.show()


W.interact(
    explore,
    theta_a=W.FloatSlider(0.6, min=0.02, max=0.98, step=0.01),
    theta_b=W.FloatSlider(0.5, min=0.02, max=0.98, step=0.01),
    weight=W.FloatSlider(0.5, min=0, max=1, step=0.05),
    learn=False,
    iteration=W.IntSlider(0, min=0, max=ITERATIONS),
);
""",
}
MOVED = re.compile("θ of A|theta_a")  # the slider whose keys are pressed
THOUSAND_MOVES = """\
import psutil

me, theta = psutil.Process(), live.controls["theta_a"]


def move(times):
    for i in range(times):
        theta.value = 0.02 + (i % 97) / 100


move(97)
before = me.memory_info().rss
move(1000)
print((me.memory_info().rss - before) / 2**20, len(plt.get_fignums()))
"""
PICTURES = "img[src^='data:image/']"
# Note when a key goes down, and when the picture that follows is on the screen
CLOCK = """cell => {
    const picture = () => cell.querySelector("img[src^='data:image/']");
    const clock = { ms: [], frames: 0, shown: () => picture().src };
    const frame = () => new Promise(requestAnimationFrame);
    let key = 0, last = picture().src;
    document.addEventListener("keydown", () => { key = performance.now(); }, true);
    new MutationObserver(async () => {
        const now = picture();
        if (!now || now.src === last) return;
        last = now.src;
        clock.frames += 1;
        await now.decode();
        await frame();
        await frame();
        clock.ms.push(performance.now() - key);
    }).observe(cell, { childList: true, subtree: true, attributeFilter: ["src"] });
    return clock;
}"""


def measure(chromium, ways=tuple(WAYS), presses=48, block=8, moves=False):
    """Return, for each way, milliseconds a press and what becomes of a burst."""
    with tempfile.TemporaryDirectory() as folder:
        sources = [WAYS[way] for way in ways] + [THOUSAND_MOVES] * moves
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in sources],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(notebook, Path(folder, "both.ipynb"))
        with browser.jupyterlab(folder) as url:
            page = Chapter(chromium, url, f"{Path(folder).name}/both.ipynb")
            errors = page.run_all()
            assert not errors, errors
            hands = {
                way: Hand(page, cell.id)
                for way, cell in zip(ways, notebook.cells, strict=False)
            }
            for _ in range(presses // block):
                for hand in hands.values():
                    hand.press(block)
            result = {way: hand.result() for way, hand in hands.items()}
            if moves:
                said = (
                    page.cell(notebook.cells[-1].id).locator("pre").last.text_content()
                )
                grown, figures = said.split()
                result["Live"] |= {"grown MB": float(grown), "figures": int(figures)}
            page.close()
            return result


class Hand:
    """Presses keys on a slider of a cell, with a clock at its picture."""

    def __init__(self, page, id):
        self.page, cell = page, page.cell(id)
        cell.locator(PICTURES).wait_for()
        folded = cell.locator(".widget-toggle-button:not(.mod-active)")
        for fold in folded.filter(has_text="Numbers").all():
            fold.press("Space")
            page.settle()
        self.slider = Slider(cell.locator(".widget-slider").filter(has_text=MOVED))
        self.clock = cell.evaluate_handle(CLOCK)
        self._settle("Home")
        self.first = self.clock.evaluate("clock => clock.ms.length")

    def press(self, times):
        """Press a key, each time once the picture of the last one is shown."""
        for _ in range(times):
            seen = self.clock.evaluate("clock => clock.ms.length")
            self.slider.press("ArrowRight")
            self._wait_for("clock.ms.length > seen", seen)
            self._settle()

    def result(self):
        """Return the times so far, and what a burst of 60 events in a second gives."""
        ms = self.clock.evaluate("clock => clock.ms")[self.first :]
        self._settle("Home")
        before = self.clock.evaluate("clock => clock.frames")
        self.slider.burst("ArrowRight")
        last = self._settle()
        frames = self.clock.evaluate("clock => clock.frames") - before
        self._settle("ArrowLeft")
        calm = self._settle("ArrowRight")
        right = round(self.slider.value, 2) == 0.62 and calm == last
        return {"ms": ms, "frames": frames, "ends on the last value": right}

    def _settle(self, key=None):
        """Press a key if there is one, and return the picture that comes of it."""
        if key:
            self.slider.press(key)
        self.page.settle()
        self._wait_for("clock.ms.length === clock.frames")
        return self.clock.evaluate("clock => clock.shown()")

    def _wait_for(self, condition, seen=0):
        self.page.page.wait_for_function(
            f"([clock, seen]) => {condition}", arg=[self.clock, seen]
        )


def main():
    """Measure and print."""
    if lack := browser.missing():
        sys.exit(lack)
    with browser.chromium() as chromium:
        print(*environment(chromium), sep="\n")
        result = measure(chromium, moves=True)
    medians = {}
    for way, row in result.items():
        medians[way] = statistics.median(row["ms"])
        slow = statistics.quantiles(row["ms"], n=20)[-1]
        print(
            f"{way:5}  {len(row['ms'])} presses: median {medians[way]:.0f} ms, "
            f"95% {slow:.0f} ms; burst of 60 in a second: {row['frames']} frames, "
            f"ends on the last value: {row['ends on the last value']}"
        )
    print(f"ratio of medians: {medians['Live'] / medians['plain']:.2f}")
    print(
        f"1,000 moves in the kernel: {result['Live']['grown MB']:+.1f} MB, "
        f"{result['Live']['figures']} pyplot figures open"
    )


def environment(chromium):
    """Return lines that say where and with what this was measured."""
    cpu, info = platform.processor() or platform.machine(), Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().splitlines()
        cpu = next((s.split(": ")[1] for s in lines if "model name" in s), cpu)
    names = ("jupyterlab", "ipywidgets", "ipykernel", "matplotlib")
    return [
        f"machine: {cpu}, {os.cpu_count()} cores, {platform.system()}, "
        f"load {os.getloadavg()[0]:.1f}",
        f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in names)
        + f", Chromium {chromium.version}",
    ]


if __name__ == "__main__":
    main()
