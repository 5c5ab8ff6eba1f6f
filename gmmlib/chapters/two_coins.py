"""Being moved: see gmmlib.plots and gmmlib.widgets."""

from gmmlib.plots.coins import *  # noqa: F401, F403
from gmmlib.widgets.coins import *  # noqa: F401, F403
