"""Live figures of Gaussian mixtures in two dimensions."""

from functools import lru_cache

from gmmlib.datasets import three_groups
from gmmlib.em import em
from gmmlib.gaussians import GaussianMixture
from gmmlib.plots.gaussians import Ascent, Cloud
from gmmlib.show.look import figure, look, number
from gmmlib.widgets.live import Live, choice, slider

ITERATIONS = 40


def groups_found():
    """Three groups of unlabelled points: choose a start, and watch EM find them."""
    x, _ = three_groups()

    @lru_cache(maxsize=32)
    def run(method, seed):
        start = GaussianMixture.from_points(x, 3, rng=seed, method=method)
        return em(start, x, max_iter=ITERATIONS, tol=None, progress=False)

    with look():
        fig = figure(9, 4)
        axes = fig.subplots(1, 2, width_ratios=(1.5, 1))
        cloud = Cloud(axes[0], x, 3)
        ascent = Ascent(axes[1], ITERATIONS, low=-9.6, high=-8.6)
        axes[0].set_title("groups, mixed where in doubt")

    def update(method, seed, iteration):
        trace = run(method, seed)
        model = trace.models[iteration]
        return [
            *cloud.show(model, model.responsibilities(x)),
            *ascent.show(trace.log_likelihoods / len(x), iteration),
        ]

    def sentence(method, seed, iteration):
        trace = run(method, seed)
        shares = ", ".join(number(w) for w in trace.models[iteration].weights)
        per_point = number(trace.log_likelihoods[iteration] / len(x), 3)
        return f"Iteration {iteration}: {per_point} nats per point, shares {shares}"

    return Live(
        fig,
        controls={
            "method": choice(
                "start",
                [
                    ("far-apart points", "kmeans++"),
                    ("random points", "points"),
                    ("anywhere in the box", "box"),
                ],
            ),
            "seed": slider("draw of the start", 3, 0, 20, 1),
            "iteration": slider("iteration", 0, 0, ITERATIONS, 1),
        },
        update=update,
        sentence=sentence,
        strip=tuple({"iteration": n} for n in (0, 2, 6, 40)),
        columns=2,
        player="iteration",
    )
