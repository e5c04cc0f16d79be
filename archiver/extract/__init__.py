"""Stage A: the bytes of a snapshot in, a `Page` of blocks with evidence out.

Pure: same bytes, URL, headers and time, same page, on any machine. It drops nothing that a
reader sees; what is chrome is for `clean/` to say.
"""
