"""Live figures of chapter 10: sums add up, and how many points are enough."""

from functools import lru_cache

import numpy as np

from gmmlib.datasets import three_groups, three_groups_mixture
from gmmlib.em import em
from gmmlib.gaussians import GaussianMixture
from gmmlib.plots.scale import SAME, BlockByBlock, Enough
from gmmlib.selection import excess, mean_error, new_points, points_of_draw
from gmmlib.show.look import figure, look, number
from gmmlib.widgets.live import Live, choice, slider

BLOCKS, POINTS, NEW = 15, 1500, 100_000


def add_up_the_blocks():
    """Read the points block by block, on one to three machines; see the sums grow."""
    x, z = three_groups(POINTS, seed=0)
    orders = {"as drawn": np.arange(POINTS), "group by group": np.argsort(z)}
    start = GaussianMixture.from_points(x, 3, rng=0)
    model = em(start, x, max_iter=4, tol=None, progress=False).model
    r, full = model.responsibilities(x), model.m_step(model.e_step(x)[0])

    @lru_cache(maxsize=2)
    def run(order):
        """Return the statistics of each block, and what their sums would give."""
        blocks = np.array_split(x[orders[order]], BLOCKS)
        statistics = [model.e_step(block)[0] for block in blocks]
        models = [model.m_step(sum(statistics[:n])) for n in range(1, BLOCKS + 1)]
        errors = [abs(m.means - full.means).max() for m in models]
        return statistics, models, np.array(errors)

    with look():
        fig = figure(9, 3.3)
        picture = BlockByBlock(fig, x, BLOCKS)

    def update(order, machines, blocks):
        statistics, models, errors = run(order)
        counts = [
            sum((s.counts for s in statistics[m:blocks:machines]), np.zeros(3))
            for m in range(machines)
        ]
        now = models[blocks - 1] if blocks else None
        return picture.show(r, orders[order], blocks, counts, now, errors)

    def sentence(order, machines, blocks):
        if blocks == 0:
            return (
                f"Nothing read: {BLOCKS} blocks of {POINTS // BLOCKS} points, {order}, "
                f"wait for {machines} machine{'s'[: machines - 1]}"
            )
        error = run(order)[2][blocks - 1]
        far = f"{number(error, 1)} from" if error >= 10 * SAME else "but for rounding"
        return (
            f"{order}, {blocks} of {BLOCKS} blocks read by {machines} "
            f"machine{'s'[: machines - 1]}: the means are {far} those of all points"
        )

    return Live(
        fig,
        controls={
            "order": choice("order of the points", list(orders)),
            "machines": slider("machines", 2, 1, 3, 1),
            "blocks": slider("blocks read", 1, 0, BLOCKS, 1),
        },
        update=update,
        sentence=sentence,
        strip=({"order": "group by group", "blocks": 8}, {"blocks": 15}),
        player="blocks",
    )


def enough_points():
    """Fit to more and more points; see the fit come to rest, and what it lacks."""
    truth = three_groups_mixture()
    new = new_points(NEW)

    @lru_cache(maxsize=32)
    def fit(power, draw):
        x = points_of_draw(round(10**power), draw)
        model = em(truth, x, max_iter=300, tol=1e-6, progress=False).model
        return x, model, excess(model, new)

    with look():
        fig = figure(9, 3.6)
        picture = Enough(fig, truth)

    def update(power, draw):
        return picture.show(*fit(power, draw))

    def sentence(power, draw):
        x, model, lost = fit(power, draw)
        law = truth.n_parameters / (2 * len(x))
        return (
            f"N = {len(x)}, draw {draw}: means {number(mean_error(model), 1)} off; "
            f"loses {number(lost, 4)} nats a new point, the law says {number(law, 4)}"
        )

    return Live(
        fig,
        controls={
            "power": slider("log₁₀ N", 2.5, 2.0, 5.0, 0.25),
            "draw": slider("draw", 0, 0, 9, 1),
        },
        update=update,
        sentence=sentence,
        strip=({"draw": 5, "power": 2.0}, {"draw": 5, "power": 4.0}),
    )
