"""How soon a live figure answers a key and a hand, beside interact and show.

    python tests/benchmarks/live_figure.py

Both draw the same picture of chapter 3. The clock runs in the browser, from a real key
press on the focused slider, or a real move of the pointer that holds a handle, to the
second frame after the new picture is decoded. On a screen with two pixels a pixel the
first picture is coarse, and the sharp one follows once the hand rests.
"""

import os
import platform
import re
import statistics
import sys
import tempfile
import time
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
import matplotlib.pyplot as plt
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
    for (const name of ["keydown", "pointermove"])
        document.addEventListener(name, () => { key = performance.now(); }, true);
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


def measure(chromium, ways=tuple(WAYS), presses=48, block=8, moves=False, ratio=1):
    """Return, for each way, milliseconds a press and what becomes of a burst.

    With `moves` also what a drag and Play give, and what 1,000 moves leave behind.
    """
    with tempfile.TemporaryDirectory() as folder:
        sources = [WAYS[way] for way in ways] + [THOUSAND_MOVES] * moves
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in sources],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(notebook, Path(folder, "both.ipynb"))
        with browser.jupyterlab(folder) as url:
            name = f"{Path(folder).name}/both.ipynb"
            page = Chapter(chromium, url, name, device_scale_factor=ratio)
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
                result["Live"] |= hands["Live"].drag(presses) | hands["Live"].play()
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
        self.page, self.cell = page, page.cell(id)
        cell = self.cell
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

    def drag(self, moves):
        """Return the times of single moves of a handle, and of 60 moves in a second."""
        mouse, box = self.page.page.mouse, self.cell.locator(".gmmlib-handle").first
        self.cell.scroll_into_view_if_needed()
        box = box.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        mouse.move(x, y)
        mouse.down()
        self._settle()
        first = self.clock.evaluate("clock => clock.ms.length")
        for i in range(moves):
            seen = self.clock.evaluate("clock => clock.ms.length")
            mouse.move(x - 4 * (i % 2) - 4, y + i)
            self._wait_for("clock.ms.length > seen", seen)
            self._settle()
        ms = self.clock.evaluate("clock => clock.ms")[first:]
        before = self.clock.evaluate("clock => clock.frames")
        begun = time.monotonic()
        for i in range(1, 61):
            mouse.move(x - i, y + moves - i)
            time.sleep(max(0, begun + i / 60 - time.monotonic()))
        self._settle()
        frames = self.clock.evaluate("clock => clock.frames") - before
        mouse.up()
        return {"drag ms": ms, "drag frames": frames}

    def play(self, seconds=4):
        """Return the pictures a second of Play, and the bytes of one of them."""
        self._settle()
        before = self.clock.evaluate("clock => clock.frames")
        self.cell.get_by_role("button", name="Play", exact=True).press("Space")
        begun = time.monotonic()
        time.sleep(seconds)
        frames = self.clock.evaluate("clock => clock.frames") - before
        taken = time.monotonic() - begun
        size = len(self.clock.evaluate("clock => clock.shown()")) * 3 / 4
        self.cell.get_by_role("button", name="Stop", exact=True).press("Space")
        self.page.settle()
        time.sleep(0.5)
        rest = len(self.clock.evaluate("clock => clock.shown()")) * 3 / 4
        return {"play": frames / taken, "moving kB": size / 1e3, "rest kB": rest / 1e3}

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
        sharp = measure(chromium, ("Live",), moves=True, ratio=2)["Live"]
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
    for ratio, row in ((1, result["Live"]), (2, sharp)):
        key, hand = statistics.median(row["ms"]), row["drag ms"]
        slow = statistics.quantiles(hand, n=20)[-1]
        print(
            f"ratio {ratio}: key {key:.0f} ms; {len(hand)} moves of a handle: median "
            f"{statistics.median(hand):.0f} ms, 95% {slow:.0f} ms; drag of 60 moves in "
            f"a second: {row['drag frames']} frames; Play: {row['play']:.0f} pictures "
            f"a second of {row['moving kB']:.0f} kB; at rest {row['rest kB']:.0f} kB"
        )
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
