"""Check the chapters under the settings under which they were executed."""

import os

from execute import STILL

os.environ.update(STILL)
