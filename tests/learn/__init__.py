"""Tests of what is learned from a site's history."""
