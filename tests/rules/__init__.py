"""Tests of the rule files and their reader."""
