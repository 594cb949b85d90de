"""The frozen values that travel between stages; import them from the submodules."""
