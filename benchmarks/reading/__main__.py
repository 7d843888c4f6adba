"""Starts the measuring once Django knows its models: `python -m benchmarks.reading CONVERSATIONS MESSAGES ROUNDS`."""

from __future__ import annotations

import importlib
import sys

import django

if __name__ == "__main__":
    django.setup()
    importlib.import_module("benchmarks.reading.measure").main(*map(int, sys.argv[1:]))
