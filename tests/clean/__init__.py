"""Tests of page to document."""
