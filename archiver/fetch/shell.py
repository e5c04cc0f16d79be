"""Pages that are empty until their scripts run: recognised, so that they can be reported.

In comes a page as text, out goes why a reader without JavaScript sees nothing, or nothing.
"""

from __future__ import annotations

import re

from archiver.fetch import trees
from archiver.text.normal import collapse

# A page with more text than this shows something, whatever its scripts add; in code points. The
# shells of frameworks have none to a line of apology, the shortest news item has a paragraph.
MAX_TEXT = 250
# With as little as this any page that is mostly scripts is a shell, whatever it is built with.
MAX_BARE_TEXT = 60
MANY_SCRIPTS = 3

# Where frameworks hang what they build: React, Vue, Next, Nuxt, Gatsby, Angular, Svelte.
_ROOTS = (
    "#root, #app, #__next, #__nuxt, #___gatsby, #app-root, #react-root, #main-app, #svelte,"
    " app-root, [data-reactroot], [ng-app], [ng-version]"
)
_UNSEEN = ["script", "style", "noscript", "template", "head", "svg", "iframe"]
_ASKS = re.compile(r"java\s?script", re.IGNORECASE)


def shell(html: str) -> str:
    """Return why `html` needs JavaScript to be read, in a few words; empty where it does not.

    >>> shell('<body><noscript>Please enable JavaScript.</noscript><div id="root"></div>')
    'an empty <div id="root"> is left to scripts'
    >>> shell("<p>The bridge is open.</p>")
    ''
    """
    tree = trees.parse(html)
    if tree is None or tree.body is None:
        return ""
    scripts = [node for node in tree.css("script") if _runs(node.attributes.get("type"))]
    asks = any(_ASKS.search(node.html or "") for node in tree.css("noscript"))
    tree.strip_tags(_UNSEEN)
    text = collapse(tree.body.text(separator=" "))
    if len(text) > MAX_TEXT or not (scripts or asks):
        return ""
    root = next((node for node in tree.css(_ROOTS) if not node.text().strip()), None)
    if root is not None:
        name = root.attributes.get("id")
        told = f'<{root.tag} id="{name}">' if name else f"<{root.tag}>"
        return f"an empty {told} is left to scripts"
    if asks:
        return "its <noscript> asks for JavaScript"
    if len(text) <= MAX_BARE_TEXT and len(scripts) >= MANY_SCRIPTS:
        return f"{len(scripts)} scripts and {len(text)} characters of text"
    return ""


def _runs(kind: str | None) -> bool:
    """Whether a script element of this type is a program, not data."""
    return not kind or kind == "module" or "javascript" in kind.lower()
