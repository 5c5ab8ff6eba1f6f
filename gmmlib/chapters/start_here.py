"""Chapter 0: three groups of points, and EM that finds them."""

from functools import lru_cache

from gmmlib.datasets import three_groups
from gmmlib.em import em
from gmmlib.gaussians import GaussianMixture
from gmmlib.show import marks
from gmmlib.show.controls import choice, forgets, moves, player, slider, switch
from gmmlib.show.live import Live
from gmmlib.show.look import look, number, panels

ITERATIONS = 40


def groups_found() -> Live:
    """Three groups of unlabelled points: choose a start, and watch EM find them."""
    x, _ = three_groups()

    @lru_cache(maxsize=32)
    def run(method, seed, moved):
        drawn = GaussianMixture.from_points(x, 3, rng=seed, method=method)
        start = marks.with_means_moved(drawn, moved)
        trace = em(start, x, max_iter=ITERATIONS, tol=None, progress=False)
        return drawn, trace

    with look():
        fig, plane, ascent = panels(4, 1.5, 1)
        marks.around(plane, x)
        plane.set_title("groups, mixed where in doubt")
        marks.ascent_axes(ascent, ITERATIONS, -9.6, -8.6, "nats per point")

    def show(method, seed, ahead, iteration, **moved):
        drawn, trace = run(method, seed, tuple(moved.values()))
        model, r = marks.moment(trace.models, x, iteration)
        marks.groups(plane, x, model, r)
        marks.movable(plane, trace.models[0].means, drawn.means)
        heights = trace.log_likelihoods / len(x)
        marks.climb(ascent, heights, iteration, ahead)
        now = int(iteration)
        shares = ", ".join(number(w) for w in trace.models[now].weights)
        per_point = number(heights[now], 3)
        return f"Iteration {now} has {per_point} nats per point and shares {shares}"

    ways = {
        "far-apart points": "kmeans++",
        "random points": "points",
        "anywhere in the box": "box",
    }
    moved = moves(marks.SYMBOLS[:3])
    return Live(
        fig,
        show,
        method=forgets(choice("start", list(ways.items())), moved.values()),
        seed=forgets(slider("draw of the start", 3, 0, 20, 1), moved.values()),
        **moved,
        ahead=switch("show what comes"),
        iteration=player("iteration", ITERATIONS, glides=True),
        strip=tuple({"iteration": n} for n in (0, 2, 6, 40)),
        columns=2,
    )
