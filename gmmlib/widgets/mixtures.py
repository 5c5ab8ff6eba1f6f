"""Live figures of chapter 5: heights, a mixture on a line, the story, the plane."""

from functools import lru_cache

import numpy as np

from gmmlib.datasets import three_groups_mixture
from gmmlib.gaussians import GaussianMixture
from gmmlib.likelihood import (
    covariance_with_axes,
    joint_densities,
    log_odds,
    shares,
    turning_point,
)
from gmmlib.plots.mixtures import (
    Bells,
    Divided,
    LabelDraw,
    Mountain,
    Plane,
    PointDraw,
    Reading,
    Seen,
    Stack,
)
from gmmlib.show.look import figure, look, number, scientific
from gmmlib.widgets.live import Live, choice, slider, switch

HEIGHTS = np.linspace(60, 220, 321)
LINE = np.linspace(0, 20, 401)
WIDE_LINE = np.linspace(-30, 50, 4001)  # holds all of every bell
SIDE = 110


def whose_height():
    """Two groups of heights: whose is this one, and how does the answer move?"""
    with look():
        fig = figure(9, 3.4)
        axes = fig.subplots(1, 3, width_ratios=(1.35, 1, 1))
        bells = Bells(axes[0], HEIGHTS, ("group 1", "group 2"))
        curve = Reading(axes[1], HEIGHTS, 0, 1)
        odds = Reading(axes[2], HEIGHTS, -12, 12)
        axes[1].set_title("posterior p(group 1 | x)")
        axes[1].set_yticks((0, 0.5, 1), ("0", ".5", "1"))
        axes[2].set_title("log-odds")
        axes[2].set_yticks((-10, 0, 10), ("−10", "0", "10"))
        axes[2].axhline(0, color="#BBBBBB", lw=1, zorder=0)

    def model_of(mean_1, sd_1, mean_2, sd_2, share):
        return GaussianMixture([share, 1 - share], [mean_1, mean_2], [sd_1**2, sd_2**2])

    def update(height, **parameters):
        model, here = model_of(**parameters), np.array([float(height)])
        turn = turning_point(model)
        everywhere = model.responsibilities(HEIGHTS)[:, 0]
        at = model.responsibilities(here)[0, 0]
        return [
            *bells.show(model, height),
            *curve.show(everywhere, height, at, turn),
            *odds.show(
                log_odds(model, HEIGHTS), height, log_odds(model, here)[0], turn
            ),
        ]

    def sentence(height, **parameters):
        model = model_of(**parameters)
        share = model.responsibilities([float(height)])[0, 0]
        return (
            f"At {height} cm: group 1 has {number(share)}, "
            f"group 2 {number(1 - share)}; {_shape(model)}"
        )

    return Live(
        fig,
        controls={
            "height": slider("height in cm", 172, 60, 220, 1),
            "share": slider("share of group 1", 0.5, 0.05, 0.95, 0.05),
            "mean_1": slider("mean of group 1", 175, 140, 200, 1),
            "sd_1": slider("spread of group 1", 7, 3, 12, 1),
            "mean_2": slider("mean of group 2", 162, 140, 200, 1),
            "sd_2": slider("spread of group 2", 7, 3, 12, 1),
        },
        update=update,
        sentence=sentence,
        strip=({}, {"sd_2": 6, "height": 80}),
    )


def _shape(model):
    """Say in words how the posterior of group 1 depends on the height."""
    turn = turning_point(model)
    if turn is None:
        rising = model.means[0, 0] - model.means[1, 0]
        if rising == 0:
            return "the same at every other height"
        more = "more" if rising > 0 else "less"
        return f"the taller, the {more} probable is group 1"
    least = model.covariances[0, 0, 0] > model.covariances[1, 0, 0]
    place = f"{turn:.0f}".replace("-", "−")
    return f"group 1 is {'least' if least else 'most'} probable at {place} cm"


def mixture_on_a_line():
    """Build a mixture of three bells; cut the stack anywhere and read the posterior."""
    with look():
        fig = figure(9, 3.6)
        grid = fig.add_gridspec(2, 2, width_ratios=(2.3, 1), height_ratios=(1.7, 1))
        top = fig.add_subplot(grid[0, 0])
        bottom = fig.add_subplot(grid[1, 0])
        side = fig.add_subplot(grid[:, 1])
        stack, bands = Stack(top, LINE), Stack(bottom, LINE)
        columns = Divided(side, ("prior", "cut at x"), K=3)
        top.set_xticks(range(0, 21, 5))
        top.tick_params(labelbottom=False)
        bottom.set_yticks((0, 0.5, 1), ("0", ".5", "1"))
        bottom.set_xticks(range(0, 21, 5))
        side.set_title("who made the point at x?")

    def model_of(parts, means, deviations):
        return GaussianMixture(
            np.divide(parts, sum(parts)), means, np.square(deviations)
        )

    def state(x, forget, **numbers):
        model = model_of(
            *(
                [numbers[f"{name}_{k}"] for k in (1, 2, 3)]
                for name in ("part", "mu", "sd")
            )
        )
        weighted, here = not forget, np.array([x])
        at = joint_densities(model, here, weighted)[:, 0]
        posterior = shares(model, here, weighted)[:, 0]
        area = joint_densities(model, WIDE_LINE, weighted).sum()
        return model, weighted, at, posterior, area * (WIDE_LINE[1] - WIDE_LINE[0])

    titles = {
        True: (
            "joint: stacked, they are the marginal",
            "posterior: cuts stretched to 1",
        ),
        False: ("without weights: no joint, no marginal", "shares, but no posterior"),
    }

    def name(weighted):
        """Write the titles; return the axes if they have changed."""
        if top.get_title() == titles[weighted][0]:
            return []
        for ax, title in zip((top, bottom), titles[weighted], strict=True):
            ax.set_title(title)
        return [top, bottom]

    def update(x, **values):
        model, weighted, at, posterior, area = state(x, **values)
        parts = joint_densities(model, LINE, weighted)
        true = None if weighted else joint_densities(model, LINE).sum(axis=0)
        return [
            *name(weighted),
            *stack.show(parts, at, x, f"area {number(area)}", true),
            *bands.show(shares(model, LINE, weighted), posterior, x),
            *columns.show([model.weights, posterior]),
        ]

    def sentence(x, **values):
        model, weighted, at, posterior, area = state(x, **values)
        prior = ", ".join(number(w) for w in model.weights)
        what = "area" if weighted else "weights forgotten: area"
        name = "posterior" if weighted else "shares"
        each = ", ".join(number(share) for share in posterior)
        height = at.sum()
        density = number(height, 3) if height > 0.01 else scientific(height)
        if height == 0:
            density = "below 10⁻³⁰⁰"  # smaller than a float can be
        return (
            f"{what} {number(area)}; prior {prior}; at x = {x:.1f} density "
            f"{density}, {name} {each}"
        )

    return Live(
        fig,
        controls={
            "part_1": slider(
                "parts of 1", 4, 1, 10, 1, "its weight is its share of all parts"
            ),
            "mu_1": slider("μ₁", 5.0, 2.0, 18.0, 0.5, "mean of component 1"),
            "sd_1": slider("σ₁", 1.2, 0.4, 4.0, 0.1, "spread of component 1"),
            "part_2": slider(
                "parts of 2", 3, 1, 10, 1, "its weight is its share of all parts"
            ),
            "mu_2": slider("μ₂", 9.0, 2.0, 18.0, 0.5, "mean of component 2"),
            "sd_2": slider("σ₂", 2.0, 0.4, 4.0, 0.1, "spread of component 2"),
            "part_3": slider(
                "parts of 3", 3, 1, 10, 1, "its weight is its share of all parts"
            ),
            "mu_3": slider("μ₃", 14.0, 2.0, 18.0, 0.5, "mean of component 3"),
            "sd_3": slider("σ₃", 1.0, 0.4, 4.0, 0.1, "spread of component 3"),
            "x": slider("x", 7.0, 0.0, 20.0, 0.1),
            "forget": switch("forget the weights"),
        },
        update=update,
        sentence=sentence,
        strip=({}, {"forget": True}),
    )


def label_then_point():
    """The story of a mixture: draw a label, then a point, then forget the label."""
    model = three_groups_mixture()
    limits = {"xlim": (-15, 138), "ylim": (-14, 123), "xticks": (), "yticks": ()}
    one_by_one = [n / 2 for n in range(25)]  # half a point: the label alone
    steps = [*one_by_one, 15, 20, 30, 40, 60, 100, 200, 400]
    with look():
        fig = figure(9, 3.4)
        axes = fig.subplots(1, 3, width_ratios=(0.4, 1, 1))
        label = LabelDraw(axes[0], model.weights)
        point, seen = PointDraw(axes[1], model, limits), Seen(axes[2], limits)

    @lru_cache(maxsize=8)
    def draws(seed):
        u = np.random.default_rng(seed).random(400)  # what `sample` draws first
        return u, *model.sample(400, seed)

    def state(step, seed):
        u, x, z = draws(seed)
        n = int(steps[step])
        pending = steps[step] > n
        last = n if pending else n - 1
        return u[last] if last >= 0 else None, x[:n], z[:n], z[n] if pending else None

    def update(step, seed):
        u, x, z, pending = state(step, seed)
        return [*label.show(u), *point.show(x, z, pending), *seen.show(x)]

    def sentence(step, seed):
        u, x, z, pending = state(step, seed)
        if pending is not None:
            return f"Point {len(x) + 1}: u = {number(u, 3)}, so z = {pending + 1}"
        if len(x) == 0:
            return "0 points drawn: begin with a label"
        counts = np.bincount(z, minlength=3)
        shares = ", ".join(number(c / len(x)) for c in counts)
        a, b = x[-1]
        return (
            f"Point {len(x)}: z = {z[-1] + 1}, x = ({number(a, 1)}, {number(b, 1)}); "
            f"shares so far {shares}"
        )

    return Live(
        fig,
        controls={
            "step": slider("step", 0, 0, len(steps) - 1, 1),
            "seed": slider("seed", 1, 0, 20, 1),
        },
        update=update,
        sentence=sentence,
        strip=({"step": 6}, {"step": len(steps) - 1}),
        player="step",
    )


def mixture_in_the_plane():
    """Build a mixture in the plane: ellipses, a map, a mountain, points that follow."""
    others = three_groups_mixture()
    points = 300

    with look():
        fig = figure(9, 3.9)
        axes = fig.subplots(1, 2)
        plane = Plane(axes[0], others.sample(points, 0)[0], 3, SIDE)
        mountain = Mountain(axes[1], SIDE)
        axes[0].set_title("from above")
        axes[1].set_title("density as a mountain")

    def model_of(right, up, long, wide, angle, share):
        weights = np.array([*(others.weights[:2] / others.weights[:2].sum()), 0])
        weights = (1 - share) * weights + [0, 0, share]
        return GaussianMixture(
            weights,
            [*others.means[:2], [right, up]],
            [*others.covariances[:2], covariance_with_axes(long, wide, angle)],
        )

    def update(hard, turn, **parameters):
        model = model_of(**parameters)
        x, _ = model.sample(points, 0)
        r = model.responsibilities(x)
        return [
            *plane.show(model, x, r, hard),
            *mountain.show(model, turn, hard),
        ]

    def sentence(hard, turn, **parameters):
        model = model_of(**parameters)
        x, z = model.sample(points, 0)
        r = model.responsibilities(x)
        hits = np.count_nonzero(r.argmax(axis=1) == z)
        doubtful = np.count_nonzero(r.max(axis=1) < 0.9)
        return (
            f"{'Hard' if hard else 'Soft'}, π₃ = {number(model.weights[2])}: "
            f"{doubtful} of {points} in doubt, {hits} right"
        )

    return Live(
        fig,
        controls={
            "right": slider("3: to the right", 80, 10, 100, 1),
            "up": slider("3: up", 70, 10, 100, 1),
            "share": slider("weight of 3", 0.45, 0.05, 0.9, 0.05),
            "long": slider("3: length", 18, 5, 25, 1),
            "wide": slider("3: width", 9, 5, 25, 1),
            "angle": slider("3: angle in degrees", 45, 0, 180, 5),
            "hard": choice("colour", [("soft: mixed", False), ("hard: largest", True)]),
            "turn": slider("turn the mountain", -25, -180, 180, 5),
        },
        update=update,
        sentence=sentence,
        strip=(
            {},
            {"right": 50},
            {"right": 50, "hard": True},
            {"long": 6, "wide": 6},
        ),
        columns=2,
    )
