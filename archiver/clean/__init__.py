"""Stage B: a `Page` and the rules that act on it in, a `Document` out.

Pure, and without memory from page to page. Rules mark, `cut` cuts: every removed character has
a rule that says why.
"""
