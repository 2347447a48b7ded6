"""What all published pages are put together from: templates, data in scripts, letters."""

from __future__ import annotations

import base64
import json
from importlib.resources import files
from typing import Any, Final

import jinja2

LETTERS: Final = files("quartieri15.publish") / "assets" / "site" / "fonts"

WEIGHTS: Final = (400, 600, 700)
"""Of Titillium Web."""


def templates(**functions: Any) -> jinja2.Environment:
    """Return the templates of pages, with functions that they may call."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("quartieri15.publish", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= functions
    return environment


def script_json(value: object) -> str:
    r"""Write JSON that neither ends the script it stands in nor a line of it.

    Examples
    --------
    >>> script_json("</script>")
    '"\\u003c/script\\u003e"'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def letters_inside(weight: int) -> str:
    """Return the letters of a weight as an address that holds them."""
    octets = (LETTERS / f"titillium-web-{weight}.woff2").read_bytes()
    return "data:font/woff2;base64," + base64.b64encode(octets).decode()
