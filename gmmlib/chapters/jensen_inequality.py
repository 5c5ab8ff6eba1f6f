"""Being moved: see gmmlib.plots and gmmlib.widgets."""

from gmmlib.plots.jensen import *  # noqa: F401, F403
from gmmlib.widgets.jensen import *  # noqa: F401, F403
