"""Any chat model answers the checks."""
