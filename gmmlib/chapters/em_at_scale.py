"""Being moved: see gmmlib.plots and gmmlib.widgets."""

from gmmlib.plots.scale import *  # noqa: F401, F403
from gmmlib.widgets.scale import *  # noqa: F401, F403
