"""Chapter 10: sums add up, what an iteration costs, how many points are enough."""

from functools import lru_cache

import numpy as np

from gmmlib import datasets
from gmmlib.datasets import three_groups, three_groups_mixture
from gmmlib.em import em
from gmmlib.gaussians import GaussianMixture
from gmmlib.selection import excess, mean_error, new_points, points_of_draw
from gmmlib.show import marks
from gmmlib.show.controls import choice, player, slider, switch
from gmmlib.show.live import Live
from gmmlib.show.look import Picture, look, number, panels
from gmmlib.show.palette import COLOURS, FAINT, INK, LINES, MARKERS

BLOCKS, POINTS, NEW = 15, 1500, 100_000
ROWS = POINTS // BLOCKS  # of a block
SUMS = ("Σ r", "Σ r x₁", "Σ r x₂", "Σ r x₁²", "Σ r x₁x₂", "Σ r x₂²")
SAME = 1e-13  # below it, two results differ by rounding alone
LOST = 1.8e-5  # nats a point: what is less lies below the axes
NAMES = {"gmmlib": "gmmlib", "sklearn": "scikit-learn", "mclust": "mclust"}
ABOVE = {"textcoords": "offset points", "ha": "center"}  # a word's place


def add_up_the_blocks() -> Live:
    """Read the points block by block, on one to three machines; see the sums grow."""
    x, z = three_groups(POINTS, seed=0)
    orders = {
        "as drawn": np.arange(POINTS),
        "group by group": np.argsort(z, kind="stable"),
    }
    start = GaussianMixture.from_points(x, 3, rng=0)
    model = em(start, x, max_iter=4, tol=None, progress=False).model
    r, full = model.responsibilities(x), model.m_step(model.e_step(x)[0])
    terms = r[:, :, None] * _powers(x)[:, None]  # what each point adds: (N, K, 6)
    whole = terms.sum(axis=0)

    @lru_cache(maxsize=2)
    def run(order):
        """Return the statistics of each block, and the distances that they leave."""
        blocks = np.array_split(x[orders[order]], BLOCKS)
        statistics = [model.e_step(block)[0] for block in blocks]
        so_far = [model.m_step(sum(statistics[:n])) for n in range(1, BLOCKS + 1)]
        return statistics, np.array([distance(m) for m in so_far])

    def distance(other):
        return abs(other.means - full.means).max()

    with look():
        fig, plane, sums, left = panels(3.4, 1.15, 1, 1)
        plane.scatter(*x.T, s=6, facecolors="none", edgecolors="#BBBBBB", lw=0.5)
        low, high = x.min(axis=0) - 5, x.max(axis=0) + 5
        plane.set(xlim=(low[0], high[0]), ylim=(low[1], 112))
        plane.set_title("filled: read, hollow: not yet")
        sums.set(xlim=(0, 1.05), ylim=(5.6, -0.6), title="sums so far / of all points")
        marks.ticks(sums.xaxis, 0, 0.5, 1)
        sums.set_yticks(range(len(SUMS)), SUMS)
        sums.tick_params(left=False)
        sums.spines["left"].set_visible(False)
        sums.axvline(1, color=FAINT, lw=1, ls="--")
        left.axhspan(SAME / 30, SAME, color=marks.GRID, lw=0)
        left.text(1, SAME / 5.5, "rounding", va="center", size=10)
        left.set(xlim=(-1, BLOCKS + 1), ylim=(SAME / 30, 300), yscale="log")
        left.set(xlabel="blocks read", title="error of the means")
        left.set_yticks([1e-12, 1e-8, 1e-4, 1])
        left.minorticks_off()
        left.set_xticks(range(0, BLOCKS + 1, 5))

    def show(order, machines, ahead, blocks):
        statistics, errors = run(order)
        n, read = int(blocks), round(blocks * ROWS)
        seen = orders[order][:read]
        marks.cloud(plane, x[seen], r[seen], size=7)
        whose = np.arange(read) // ROWS % machines  # machines take blocks in turn
        parts = [terms[seen[whose == m]].sum(axis=0) for m in range(machines)]
        shares_of_sums(sums, parts / whole)
        if ahead:
            marks.ellipses(plane, full.means, full.covariances, [2], edgecolor=FAINT)
            ns = range(1, BLOCKS + 1)
            marks.curve(left, ns, rounding(errors), color=FAINT, ls=":", lw=1.5)
        now = errors[0]
        if n:
            begun, _ = model.e_step(x[seen[n * ROWS :]])  # of a block, in Play
            so_far = model.m_step(sum(statistics[:n]) + begun)
            marks.ellipses(plane, so_far.means, so_far.covariances, [2])
            marks.centres(plane, so_far.means, size=11)
            now = rounding(distance(so_far))
            way = [*rounding(errors[:n]), now]
            marks.curve(left, [*range(1, n + 1), blocks], way, marker=".", ms=8)
            marks.here(left, blocks, now)
        marks.handle(left, blocks, now, across="blocks")
        who = f"{machines} machine{'s'[: machines - 1]}"
        if n == 0:
            return f"Nothing is read: {BLOCKS} blocks, {order}, wait for {who}"
        far = f"{number(errors[n - 1], 1)} from those of all points"
        if errors[n - 1] < 10 * SAME:
            far = "those of all points, but for rounding"
        return (
            f"{who} {'have' if machines > 1 else 'has'} read {n} of {BLOCKS} blocks, "
            f"{order}: the means are {far}"
        )

    return Live(
        fig,
        show,
        order=choice("order of the points", list(orders)),
        machines=slider("machines", 2, 1, 3, 1),
        ahead=switch("show what comes"),
        blocks=player("blocks read", BLOCKS, glides=True),
        strip=({"order": "group by group", "blocks": 8}, {"blocks": 15}),
    )


def _powers(x):
    """Return 1, x₁, x₂, x₁², x₁x₂, x₂² of each point (N, 2): (N, 6)."""
    one, two = x.T
    return np.stack([one**0, one, two, one**2, one * two, two**2], axis=1)


def shares_of_sums(ax, parts):
    """Draw bars of `parts` (machines, K, 6), one machine's after another's."""
    machines, K, count = parts.shape
    starts = np.cumsum(parts, axis=0) - parts
    for k in range(K):
        at = np.tile(np.arange(count) + 0.28 * (k - 1), machines)
        sizes, start = parts[:, k].ravel(), starts[:, k].ravel()
        marks.bars(ax, at, sizes, start, 0.26, across=True, k=k, linewidth=1.2)


def rounding(error):
    """Return an error as it is drawn: all that is rounding alone at one height."""
    return np.where(error < 10 * SAME, SAME / 5.5, error)


def enough_points() -> Live:
    """Fit to more and more points; see the fit come to rest, and what it lacks."""
    truth = three_groups_mixture()
    new = new_points(NEW)

    @lru_cache(maxsize=32)
    def fit(power, draw):
        x = points_of_draw(round(10**power), draw)
        model = em(truth, x, max_iter=300, tol=1e-6, progress=False).model
        return x, model, excess(model, new)

    with look():
        fig, plane, curve = panels(3.6, 1, 1.35)
        wide = {"edgecolor": "#BBBBBB", "linewidths": 6, "linestyle": "-"}
        marks.ellipses(plane, truth.means, truth.covariances, [2], **wide)
        plane.set(xlim=(-5, 125), ylim=(-12, 112), title="thick: truth, thin: fit")
        N = np.logspace(1.9, 5.15)
        marks.curve(curve, N, truth.n_parameters / (2 * N), ls="--")
        words = "dashed: number of parameters / 2N"
        curve.text(0.98, 0.88, words, transform=curve.transAxes, ha="right")
        losses = datasets.table("scale_enough")
        for n in np.unique(losses["N"]):
            of_n = datasets.rows(losses, N=n)["excess"]
            curve.plot([n, n], [of_n.min(), of_n.max()], color="#BBBBBB", lw=5)
            curve.plot(n, of_n.mean(), "o", color=INK, ms=7)
        curve.set(xscale="log", yscale="log", xlim=(70, 1.6e5), ylim=(1.5e-5, 0.7))
        curve.set(xlabel="points N", title="nats a point lost on new points")
        curve.minorticks_off()

    def show(power, draw):
        x, model, lost = fit(power, draw)
        plane.plot(*x[:1500].T, ".", color="#BBBBBB", ms=4)
        marks.ellipses(plane, model.means, model.covariances, [2])
        marks.centres(plane, model.means, size=11)
        shown = max(lost, LOST)
        marks.here(curve, len(x), shown, "below" if lost < LOST else None)
        marks.handle(curve, len(x), shown, across=("power", np.log10))
        law = number(truth.n_parameters / (2 * len(x)), 4)
        return (
            f"A fit to {len(x)} points loses {number(lost, 4)} nats a new point, the "
            f"law says {law}; its means are {number(mean_error(model), 1)} off"
        )

    return Live(
        fig,
        show,
        power=slider("log₁₀ N", 2.5, 2.0, 5.0, 0.25),
        draw=slider("draw", 0, 0, 9, 1),
        strip=({"draw": 5, "power": 2.0}, {"draw": 5, "power": 4.0}),
    )


# Pictures that stand still, of times that were measured.


def measured(series, **wanted):
    """Return the rows of the speed table of a series, with these entries."""
    return datasets.rows(datasets.table("scale_speed"), series=series, **wanted)


def growth():
    """Return a picture of the time of an iteration against N, D and K."""
    laws = {"N": lambda n: n, "D": lambda d: d**2 + d, "K": lambda k: k}
    slopes = []
    with look():
        fig, *axes = panels(3.3, 1, 1, 1)
        for ax, (name, law) in zip(axes, laws.items(), strict=True):
            rows = measured(name)
            at, ms = rows[name].astype(float), rows["ms"]
            ax.plot(at, ms, "o", color=COLOURS[0], ms=8, zorder=3)
            fine = np.geomspace(at[0], at[-1])
            marks.curve(ax, fine, ms[-1] * law(fine) / law(at[-1]), ls="--", lw=1.5)
            words = f"dashed: ∝ {'D² + D' if name == 'D' else name}"
            ax.set(xscale="log", yscale="log", xlabel=name, title=words)
            if name != "N":
                ax.set_xticks(at, [f"{v:.0f}" for v in at])
            ax.minorticks_off()
            (slope,) = np.diff(np.log(ms[-2:])) / np.diff(np.log(at[-2:]))
            slopes.append(f"{slope:.1f} in {name}")
        axes[0].set_ylabel("ms an iteration")
        return Picture(fig, f"The slopes at the upper end are {', '.join(slopes)}")


def side_by_side():
    """Return a picture of the programs' times of the same iteration."""
    speed = measured("programs")
    cases = list(dict.fromkeys(zip(*(speed[c] for c in "NDK"), strict=True)))
    kinds = list(dict.fromkeys(zip(speed["threads"], speed["program"], strict=True)))
    with look():
        fig, ax = panels(3.4, 1)
        for i, (cores, program) in enumerate(sorted(kinds, key=lambda kind: kind[0])):
            ms, p = times_of(program, cores), list(NAMES).index(program)
            at = np.arange(len(cases)) + (i - (len(kinds) - 1) / 2) * 0.18
            style = {"color": COLOURS[p], "mew": 2, "ms": 9}
            style["mfc"] = COLOURS[p] if cores == 1 else "white"
            label = f"{NAMES[program]}, {cores} core{'s'[: cores - 1]}"
            ax.plot(at, ms, MARKERS[p], label=label, **style)
            for x, value in zip(at, ms, strict=True):
                text = f"{value:.0f}" if value >= 10 else number(value, 1 + (value < 1))
                ax.annotate(text, (x, value), (0, 8), size=10, **ABOVE)
        ax.set(yscale="log", ylim=(speed["ms"].min() / 2, 40 * speed["ms"].max()))
        ax.set(ylabel="ms an iteration", xlim=(-0.5, len(cases) - 0.5))
        edges = np.arange(1, len(cases)) - 0.5
        ax.vlines(edges, *ax.get_ylim(), color=marks.GRID, lw=1)
        names = [f"N = {N}\nD = {D}, K = {K}" for N, D, K in cases]
        ax.set_xticks(range(len(cases)), names)
        ax.minorticks_off()
        ax.legend(loc="upper left", ncols=3)
        ratios = [times_of("sklearn", t) / times_of("gmmlib", t) for t in (1, 2)]
        return Picture(
            fig,
            f"In {len(cases)} tasks scikit-learn takes {np.min(ratios):.1f} to "
            f"{np.max(ratios):.0f} times as long as gmmlib on the same cores",
        )


def times_of(program, cores):
    """Return a program's times of the tasks side by side, in ms an iteration."""
    return measured("programs", program=program, threads=cores)["ms"]


def blocks_and_memory():
    """Return a picture of time against the size of blocks, and memory against N."""
    rows = measured("blocks")
    best = rows[rows["ms"].argmin()]
    with look():
        fig, time, memory = panels(3.3, 1, 1)
        marks.curve(time, rows["rows"], rows["ms"], marker="o")
        marks.here(time, best["rows"], best["ms"])
        time.set(xscale="log", ylim=(0, 1.15 * rows["ms"].max()))
        time.set(xlabel="rows of a block", title="a million points: ms an iteration")
        for i, program in enumerate(("gmmlib", "sklearn")):
            of = measured("memory", program=program)
            marks.curve(memory, of["N"], of["mb"], i, marker=MARKERS[i], ms=8)
            place, style = (of["N"][1], of["mb"][1]), {"color": COLOURS[i]} | ABOVE
            memory.annotate(NAMES[program], place, (0, 12), weight="bold", **style)
        data = of["N"] * of["D"] * 8 / 1e6
        marks.curve(memory, of["N"], data, color=FAINT, ls=LINES[3])
        place = of["N"][1], data[1]
        memory.annotate("the data themselves", place, (0, -38), weight="bold", **ABOVE)
        memory.set(xscale="log", yscale="log", ylim=(0.05, 2000))
        memory.set(xlabel="points N", title="MB held beside the data")
        for ax in (time, memory):
            ax.minorticks_off()
        slow = rows["ms"][-1] / best["ms"]
        return Picture(
            fig,
            f"Blocks of {best['rows']} rows are the fastest, {best['ms']:.0f} ms; all "
            f"rows at once take {slow:.1f} times as long",
        )
