"""
Print the Python to work with: the one that runs this, or another build of the same version that is clearly quicker.

Who builds Python by hand, as pyenv does, leaves out optimisations that Debian, python.org and Docker's images have;
then all that is written in Python takes a quarter longer.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CLEARLY = 0.85  # Of the time that this one takes.
ROUNDS = 3  # Side by side: a machine is not as fast in every moment.

# Where it is, its version, and the best of several tries in seconds. Without ensurepip it makes no environments.
TRY = """
import ensurepip, os, sys, timeit, venv
class Word:
    def __init__(self, place, text): self.place, self.text = place, text
    def size(self): return len(self.text) + self.place
loop = "sum(Word(place, text).size() for place, text in enumerate(words))"
least = min(timeit.repeat(loop, globals={"Word": Word, "words": ["word"] * 3_000}, number=1, repeat=40))
print(os.path.realpath(sys.executable), "%d.%d" % sys.version_info[:2], least)
"""


def tried(python: str) -> tuple[str, str, float] | None:
    """Where it is, its version and its time; None where it cannot be used."""
    done = subprocess.run([python, "-c", TRY], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        return None
    place, version, seconds = done.stdout.rsplit(maxsplit=2)
    return place, version, float(seconds)


def others(version: str) -> list[str]:
    """What else is in PATH by the name of this version, or of any."""
    folders = [Path(each) for each in os.get_exec_path()]
    found = [folder / name for folder in folders for name in (f"python{version}", "python3")]
    return list(dict.fromkeys(os.path.realpath(each) for each in found if os.access(each, os.X_OK)))


def quickest() -> str:
    """The Python to work with."""
    this = sys.executable
    version = "{}.{}".format(*sys.version_info)
    least: dict[str, float] = {}
    for _ in range(ROUNDS):
        for python in [this, *others(version)]:
            outcome = tried(python)
            if outcome and outcome[1] == version:
                least[outcome[0]] = min(outcome[2], least.get(outcome[0], outcome[2]))
    own = least.get(os.path.realpath(this))
    best = min(least, key=lambda place: least[place], default=this)
    return best if own and least[best] < CLEARLY * own else this


if __name__ == "__main__":
    sys.stdout.write(f"{quickest()}\n")
