"""Being moved: see gmmlib.plots and gmmlib.widgets."""

from gmmlib.plots.likelihood import *  # noqa: F401, F403
from gmmlib.widgets.likelihood import *  # noqa: F401, F403
