"""Voters: each says which blocks it takes for main text, none sees another's vote.

A marker is a function ``vote(html, blocks) -> Vote``; `MARKERS` names those that run.
"""
