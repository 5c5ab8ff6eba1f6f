"""Being moved: see gmmlib.plots and gmmlib.widgets."""

from gmmlib.plots.slowness import *  # noqa: F401, F403
from gmmlib.plots.trouble import *  # noqa: F401, F403
from gmmlib.widgets.slowness import *  # noqa: F401, F403
from gmmlib.widgets.trouble import *  # noqa: F401, F403
