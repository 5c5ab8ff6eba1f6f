"""Live figures of chapter 4: the accounts of ℓ, the climb, EM against its rival."""

from functools import lru_cache

import numpy as np

from gmmlib.coins import CoinMixture
from gmmlib.convergence import gradient_ascent, half_steps
from gmmlib.datasets import coin_trials
from gmmlib.em import em
from gmmlib.plots.bound import (
    Accounts,
    OneCoin,
    Race,
    Staircase,
)
from gmmlib.show.look import figure, look, number
from gmmlib.widgets.live import Live, slider

HALF_STEPS, ITERATIONS = 14, 30
SURENESS_HELP = "q is proportional to r to this power: 1 is the posterior"


def accounts():
    """Choose labels q and coins; see Q, entropy and KL always add up to ℓ."""
    x = coin_trials()
    with look():
        shown = Accounts(fig := figure(9, 3.4), x)

    def update(sureness, theta_a, theta_b):
        return shown.show(CoinMixture([theta_a, theta_b]), sureness)

    def sentence(sureness, theta_a, theta_b):
        model = CoinMixture([theta_a, theta_b])
        _, Q, H, gap = shown.of(model, sureness)
        return (
            f"Sureness {number(sureness)}: Q {number(Q)} + entropy {number(H)} = bound "
            f"{number(Q + H)}; + KL {number(gap)} = ℓ "
            f"{number(model.log_likelihood(x))}"
        )

    return Live(
        fig,
        controls={
            "sureness": slider("sureness of q", 0.0, -1.0, 3.0, 0.1, SURENESS_HELP),
            "theta_a": slider("θ of coin A", 0.6, 0.1, 0.9, 0.01),
            "theta_b": slider("θ of coin B", 0.5, 0.1, 0.9, 0.01),
        },
        update=update,
        sentence=sentence,
        strip=({"sureness": 1.0}, {"sureness": -1.0}),
    )


def climb_the_bound():
    """Lift the bound (E), walk to its top (M); then try it with a q of your own."""
    x = coin_trials()

    @lru_cache(maxsize=8)
    def run(start, theta_b, sureness):
        return half_steps(x, start, theta_b, sureness, HALF_STEPS)

    with look():
        fig = figure(9, 3.6)
        axes = fig.subplots(1, 2, width_ratios=(1.7, 1))
        picture, stairs = OneCoin(axes[0], x), Staircase(axes[1], HALF_STEPS)

    def update(start, theta_b, sureness, half_step):
        states = run(start, theta_b, sureness)
        return [
            *picture.show(states, half_step, theta_b),
            *stairs.show(states, half_step),
        ]

    def sentence(start, theta_b, sureness, half_step):
        states = run(start, theta_b, sureness)
        return _half_step_in_words(states, half_step)

    return Live(
        fig,
        controls={
            "start": slider("θ of A at the start", 0.2, 0.02, 0.98, 0.01),
            "theta_b": slider("θ of B, known", 0.5, 0.2, 0.9, 0.01),
            "sureness": slider("sureness of q", 1.0, -1.0, 3.0, 0.1, SURENESS_HELP),
            "half_step": slider(
                "half-step: E, M, E, M, …", 0, 0, HALF_STEPS, 1, "odd: E, even: M"
            ),
        },
        update=update,
        sentence=sentence,
        strip=({"half_step": 3}, {"half_step": 4}),
        player="half_step",
    )


def _half_step_in_words(states, step):
    now, before = states[step], states[max(step - 1, 0)]
    gap, ell = now.log_likelihood - now.bound, number(now.log_likelihood, 3)
    where = f"θ_A = {number(now.theta_a, 3)}"
    if step == 0:
        return f"Start: {where}, ℓ = {ell}; the bound of q = ½ is {number(gap)} lower"
    if step % 2 == 1:
        touches = "it touches ℓ" if gap < 5e-4 else f"it is {number(gap, 3)} below ℓ"
        moved = "lifts" if now.bound >= before.bound - 5e-4 else "lowers"
        return (
            f"E-step {(step + 1) // 2}: {where}; q {moved} the bound from "
            f"{number(before.bound, 3)} to {number(now.bound, 3)}: {touches}"
        )
    gain, was = now.log_likelihood - before.log_likelihood, before.log_likelihood
    how = "rises" if gain > 5e-4 else "FALLS"
    height = (
        f"{how} from {number(was, 3)} to {ell}" if abs(gain) > 5e-4 else f"stays {ell}"
    )
    return (
        f"M-step {step // 2}: θ_A from {number(before.theta_a, 3)} to "
        f"{number(now.theta_a, 3)}, the bound's top; ℓ {height}"
    )


def em_or_gradient():
    """Choose a step size and a start; race gradient ascent against EM."""
    x = coin_trials()

    @lru_cache(maxsize=8)
    def runs(theta_a, theta_b, step):
        start = CoinMixture([theta_a, theta_b])
        trace = em(start, x, max_iter=ITERATIONS, tol=None, progress=False)
        rivals = gradient_ascent(start, x, step, ITERATIONS)
        heights = np.array([m.log_likelihood(x) for m in rivals])
        return (trace.models, trace.log_likelihoods), (rivals, heights)

    with look():
        fig = figure(9, 3.6)
        axes = fig.subplots(1, 2, width_ratios=(1, 1.5))
        race = Race(axes, x, ITERATIONS)

    def update(theta_a, theta_b, step, iteration):
        return race.show(runs(theta_a, theta_b, step), iteration)

    def sentence(theta_a, theta_b, step, iteration):
        (_, ells), (rivals, heights) = runs(theta_a, theta_b, step)
        last = min(iteration, len(rivals) - 1)
        rival = f"gradient ascent with step {number(step, 3)}: "
        if iteration >= len(rivals):
            rival += f"its step {len(rivals)} would leave [0, 1], so it stops"
        elif last > 0 and heights[last] < heights[last - 1] - 5e-4:
            rival += f"ℓ = {number(heights[last], 3)}, lower than before"
        else:
            rival += f"ℓ = {number(heights[last], 3)}"
        return f"Iteration {iteration}: EM ℓ = {number(ells[iteration], 3)}; {rival}"

    return Live(
        fig,
        controls={
            "theta_a": slider("θ of A at the start", 0.6, 0.02, 0.98, 0.01),
            "theta_b": slider("θ of B at the start", 0.5, 0.02, 0.98, 0.01),
            "step": slider("step size", 0.002, 0.001, 0.04, 0.001),
            "iteration": slider("iteration", 0, 0, ITERATIONS, 1),
        },
        update=update,
        sentence=sentence,
        strip=({"iteration": 8}, {"step": 0.02, "iteration": 8}),
        player="iteration",
    )
