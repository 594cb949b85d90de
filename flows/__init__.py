"""Where the parts are put together: the walk, its Prefect flows, and the command line."""
