"""Running a benchmark: judges and the reading of files measured on labelled data."""
