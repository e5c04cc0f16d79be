"""Tests, in the tree of the package."""

from hypothesis import settings

# A slow machine is no fault of a property; what must end is bounded where it is tested.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
