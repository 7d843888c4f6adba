"""The product's own settings; the addresses of the reference come beside its own."""

from backend.config.settings import *  # noqa: F403  # Whatever they hold.

ROOT_URLCONF = "benchmarks.reading.urls"
READS_PER_MINUTE = 0  # What is measured is the list, not the limit.
