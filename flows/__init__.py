"""Where the parts are put together: the walk, its Prefect flows, and the command line."""

import pipeline  # noqa: F401 - before numpy, for the number of its threads
