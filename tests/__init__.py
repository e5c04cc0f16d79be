"""Tests, in the tree of the package."""

import os

from hypothesis import HealthCheck, settings

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
