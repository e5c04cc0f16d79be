"""Tests, in the tree of the package."""

import os

from hypothesis import HealthCheck, settings

# A slow machine is no fault of a property; what must end is bounded where it is tested.
# In CI the examples are the same in every run: a new failure is then a new fault of the code.
settings.register_profile(
    "house",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")
