"""HTML from Python: every text is escaped here, and nowhere else.

    element("td", name, class_="name")

A child that is a plain text is data, and is escaped; what element() returns is of the type Html,
and goes into other elements as it is. Pages forbid, by a policy of their own, every script and
style that is not part of this package.
"""

from __future__ import annotations

import base64
import hashlib
import html
import unicodedata
from pathlib import Path
from typing import Iterable, List, Union

FOLDER = Path(__file__).resolve().parent
#: Elements without an end.
VOID = ("br", "hr", "input", "link", "meta")
#: Characters without a shape of their own that some languages need between letters.
JOINERS = "\u200c\u200d"


class Html(str):
    """Text that is markup already."""


Child = Union[str, None, Iterable["Child"]]
Value = Union[str, int, float, bool, None]


def escaped(text: str) -> Html:
    """Data as markup: nothing in it is a tag, and nothing in it is invisible."""
    return Html(html.escape(_visible(text), quote=True))


def _visible(text: str) -> str:
    """The text with control, direction and unknown characters spelled out."""
    return "".join(
        character if _has_shape(character) else f"\\u{ord(character):04x}"
        for character in text.replace("\t", "    ")
    )


def _has_shape(character: str) -> bool:
    return character in JOINERS or unicodedata.category(character)[0] != "C"


def element(tag: str, *children: Child, **attributes: Value) -> Html:
    """An element; `class_` stands for class, and `_` within a name for `-`.

    An attribute that is None or False is left out; one that is True has no value.
    """
    words = [tag]
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        name = name.rstrip("_").replace("_", "-")
        words.append(name if value is True else f'{name}="{escaped(str(value))}"')
    start = f"<{' '.join(words)}>"
    return Html(start if tag in VOID else f"{start}{joined(children)}</{tag}>")


def joined(children: Child) -> Html:
    """Children one after the other; plain texts are escaped."""
    if children is None:
        return Html("")
    if isinstance(children, Html):
        return children
    if isinstance(children, str):
        return escaped(children)
    return Html("".join(joined(child) for child in children))


def lines(texts: Iterable[str]) -> Html:
    """Lines of a program's output, for a `pre`."""
    return Html("\n".join(escaped(text) for text in texts))


def page(title: str, body: Child, script: str = "") -> str:
    """A whole page; `script` is the name of a file of this package."""
    style = _file("page.css")
    code = _file(script) if script else ""
    policy = ["default-src 'none'", "img-src data:", f"style-src 'sha256-{_digest(style)}'"]
    policy += [f"script-src 'sha256-{_digest(code)}'"] if script else []
    policy += ["base-uri 'none'", "form-action 'none'"]
    head: List[Child] = [
        element("meta", charset="utf-8"),
        _meta("viewport", "width=device-width, initial-scale=1"),
        _meta("color-scheme", "light dark"),
        element("meta", http_equiv="Content-Security-Policy", content="; ".join(policy)),
        element("title", title),
        element("link", rel="icon", href="data:,"),
        element("style", Html(style)),
    ]
    end = element("script", Html(code)) if script else None
    parts = [element("head", _spaced(head)), Html("\n"), element("body", body, end)]
    return f"<!doctype html>\n{element('html', parts, lang='en')}\n"


def _meta(name: str, content: str) -> Html:
    return element("meta", name=name, content=content)


def _spaced(children: Iterable[Child]) -> Html:
    return Html("\n".join(joined(child) for child in children))


def _file(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """What the page's policy knows its own style and script by."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
