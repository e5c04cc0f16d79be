"""Tests, in the tree of the package."""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings

# Where nobody has said where temporary files go: to memory, if there is room for those of a run,
# since every commit of every archive waits for the disk.
MEMORY, ROOM = Path("/dev/shm"), 2 * 1024**3  # noqa: S108 - as pytest does with its own folder
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
    # The first is for what this process starts; it has asked for its own already.
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

# A slow machine is no fault of a property; what must end is bounded where it is tested.
# In CI the examples are the same in every run: a new failure is then a new fault of the code.
settings.register_profile(
    "house",
    deadline=None,
    derandomize="CI" in os.environ,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
# By hand, for what was changed: `pytest --hypothesis-profile=long tests/text`.
settings.register_profile(
    "long", settings.get_profile("house"), derandomize=False, max_examples=1000
)
settings.load_profile("house")
