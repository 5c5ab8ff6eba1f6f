"""Being moved: see gmmlib.plots and gmmlib.widgets."""

from gmmlib.plots.bound import *  # noqa: F401, F403
from gmmlib.widgets.bound import *  # noqa: F401, F403
