"""Being moved: see gmmlib.plots and gmmlib.widgets."""

from gmmlib.plots.starts import *  # noqa: F401, F403
from gmmlib.widgets.starts import *  # noqa: F401, F403
