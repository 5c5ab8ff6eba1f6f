"""Being moved: see gmmlib.plots and gmmlib.widgets."""

from gmmlib.plots.selection import *  # noqa: F401, F403
from gmmlib.widgets.selection import *  # noqa: F401, F403
