"""Live figures of chapter 8's first half: ℓ goes to infinity, and two cures."""

import numpy as np

from gmmlib.collapse import cured, sane_fit, with_spike
from gmmlib.datasets import two_heaps
from gmmlib.plots.trouble import Cures, Density, HeightOverWidth
from gmmlib.show.look import figure, look, number, power, scientific
from gmmlib.widgets.live import Live, choice, slider

POINT, SIGMA = 16, 0.2  # a start from which EM collapses
STRENGTHS = np.arange(-10, 2.75, 0.5)


def infinite_likelihood():
    """Let one component shrink, on a point or beside it, and watch ℓ."""
    x = two_heaps()
    places = {"on a point": x[14], "between two points": (x[14] + x[15]) / 2}
    with look():
        fig = figure(9, 3.4)
        axes = fig.subplots(1, 2, width_ratios=(1.2, 1))
        density = Density(axes[0], x)
        axes[0].set_title("30 points, and the density")
        sane = sane_fit(x).log_likelihoods[-1]
        heights = HeightOverWidth(axes[1], x, places, sane)

    def update(place, decade):
        model = with_spike(x, places[place], 10.0**decade)
        return [*density.show(model), *heights.show(place, decade)]

    def sentence(place, decade):
        ell = with_spike(x, places[place], 10.0**decade).log_likelihood(x)
        return (
            f"σ = {power(decade)}, {place}: ℓ = {number(ell)}; "
            f"the sane fit has {number(sane)}"
        )

    return Live(
        fig,
        controls={
            "place": choice("the narrow component stands", list(places)),
            "decade": slider("log₁₀ σ", -0.5, -30.0, 0.5, 0.5, "smaller is narrower"),
        },
        update=update,
        sentence=sentence,
        strip=({"decade": -1.0}, {"decade": -20.0}),
    )


def floor_or_prior():
    """Start EM where it collapses; choose a floor or a prior, and how strong."""
    x = two_heaps()
    runs = {
        kind: [cured(x, x[POINT], SIGMA, kind, s) for s in STRENGTHS]
        for kind in ("floor", "prior")
    }
    ends = {
        kind: np.array([t.log_likelihoods[-1] for t in traces])
        for kind, traces in runs.items()
    }
    sane = sane_fit(x).log_likelihoods[-1]
    with look():
        fig = figure(9, 3.4)
        axes = fig.subplots(1, 2, width_ratios=(1.2, 1))
        density = Density(axes[0], x)
        axes[0].set_title("where EM ends")
        cures = Cures(axes[1], STRENGTHS, ends, sane)

    def end(kind, strength):
        at = int(abs(STRENGTHS - strength).argmin())
        return runs[kind][at].model, ends[kind][at]

    def update(kind, strength):
        model, _ = end(kind, strength)
        return [*density.show(model), *cures.show(kind, strength)]

    def sentence(kind, strength):
        model, ell = end(kind, strength)
        sigma = np.sqrt(model.covariances.min())
        amount = power(strength)
        name = f"Floor {amount}" if kind == "floor" else f"Prior of {amount} points"
        spread = scientific(sigma) if sigma < 0.01 else number(sigma)
        return (
            f"{name}: EM ends at ℓ = {number(ell)}, smallest σ {spread}; "
            f"the sane fit has {number(sane)}"
        )

    return Live(
        fig,
        controls={
            "kind": choice("cure", [("covariance floor", "floor"), ("prior", "prior")]),
            "strength": slider("log₁₀ strength", -10.0, -10.0, 2.5, 0.5),
        },
        update=update,
        sentence=sentence,
        strip=({"strength": -3.0}, {"kind": "prior", "strength": -1.0}),
    )
