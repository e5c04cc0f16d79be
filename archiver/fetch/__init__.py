"""The network: asks for a URL politely and safely, and reads robots.txt, feeds and sitemaps.

In come URLs and bytes; out go `model.Fetched` and `model.Found`. Never decodes a character of a
page, never stores anything, never raises for what a server does.
"""
