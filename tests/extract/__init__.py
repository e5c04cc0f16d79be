"""Tests of bytes to page."""
