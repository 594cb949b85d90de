"""Domain models and the deterministic stages: from files to a ranked, justified shortlist."""

import os

# Before numpy and tokenizers are loaded, for this process and those it starts: the matrices and texts here are small,
# and threads that wait for each other made judging three to five times slower on a machine with something else to do.
for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
