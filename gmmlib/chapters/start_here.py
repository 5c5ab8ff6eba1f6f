"""Being moved: see gmmlib.plots and gmmlib.widgets."""

from gmmlib.widgets.gaussians import *  # noqa: F401, F403
