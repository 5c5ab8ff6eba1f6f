"""Being moved: see gmmlib.plots and gmmlib.widgets."""

from gmmlib.plots.gaussian_em import *  # noqa: F401, F403
from gmmlib.widgets.gaussian_em import *  # noqa: F401, F403
