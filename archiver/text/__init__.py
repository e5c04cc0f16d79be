"""Letters: strings in, strings and facts about them out. The one place that knows Unicode.

Pure: no file, no clock, no network. Import the modules `normal` (normal form and match key),
`scripts` (ISO 15924) and `prose` (sentence ends, digits, words).
"""
