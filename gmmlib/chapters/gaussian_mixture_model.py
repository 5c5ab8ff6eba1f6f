"""Being moved: see gmmlib.plots and gmmlib.widgets."""

from gmmlib.plots.mixtures import *  # noqa: F401, F403
from gmmlib.widgets.mixtures import *  # noqa: F401, F403
