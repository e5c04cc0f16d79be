"""Starters: sites of South Asia by name, home page, language, country and kind. Data alone."""
