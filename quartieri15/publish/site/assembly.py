"""A page put together, as one file that opens by a double click and as files for a server.

Both forms hold the same page. In one file, styles, scripts, letters and data stand inside, and a
Content-Security-Policy names every style and script by its hash: nothing else runs, and nothing is
asked of anybody. For a server they are files of their own, and the policy is ``'self'``.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import jinja2
import shapely
from markupsafe import Markup

from quartieri15.publish import catalogue, words
from quartieri15.publish.content_security import content_security_policy
from quartieri15.publish.page_parts import LETTERS, WEIGHTS, letters_inside, script_json, templates
from quartieri15.publish.site.publisher import link_to
from quartieri15.publish.tables import licence_line
from quartieri15.publish.texts import in_each

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page

_PUBLISH = files("quartieri15.publish")
_ASSETS = _PUBLISH / "assets"
_TEMPLATES = _PUBLISH / "templates"

CORE: Final = ("start", "packing", "words", "state", "dom", "map", "paint", "card", "print")
"""Scripts of every page, in the order in which they are read; the last of all begins the page."""

SECTIONS: Final = (
    *("streets", "street_search", "ways", "travel", "cells", "street_lines", "ground", "names"),
    *("opening", "street_names", "addresses", "places", "find"),
    *("what_if_people", "what_if_figure", "what_if_map", "what_if"),
    *("minutes", "themes", "figures", "table", "scenario_gist", "edit_symbols"),
    *("scenario", "shown", "scenario_list", "scenario_table"),
    *("scenarios_here", "pages", "in_short", "read", "downloads", "method", "statement"),
)
"""Scripts and styles of sections, in the order in which they are read, where there are any."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """The files of a page, by name.

    Parameters
    ----------
    alone
        The one file.
    served
        The files for a server: those of the page itself.
    parts
        Bytes of each part of the one file: ``letters``, ``styles``, ``scripts``, ``words`` and one
        per section of the data.
    """

    alone: str
    served: Mapping[str, str]
    parts: Mapping[str, int]


def assemble(material: Material, page: Page, pages: Sequence[Page]) -> Written:
    """Put a page together.

    Parameters
    ----------
    material
        What the pages are made from.
    page
        The page.
    pages
        All pages of the site, for the links between them.
    """
    data = _of_sections("data", material, page)
    script = scripts(with_map=page.area is not None)
    nil = "nil" in material.city.zones
    keys = _keys_of(script) | _keys_in_templates(page)
    spoken = {
        language: {
            key: catalogue.phrases(language)[catalogue.of_zones(key, nil=nil)] for key in told
        }
        for language, told in catalogue.told_to_scripts(keys).items()
    }
    told = {
        "page": _page_facts(material, page, pages),
        "words": spoken,
        **data,
    }
    text = script_json(told)
    values = _values(material, page, pages)
    style = styles()
    letters = _letters(inside=True)
    alone = _fill(
        **values,
        policy=content_security_policy(scripts=[script], styles=[letters + style]),
        style=Markup(letters + style),  # noqa: S704  (ours)
        script=Markup(script),  # noqa: S704
        data=Markup(text),  # noqa: S704
        served=False,
    )
    served = _fill(**values, policy=SERVED_POLICY, style="", script="", data="", served=True)
    parts = {
        "letters": len(letters),
        "styles": len(style.encode()),
        "scripts": len(script.encode()),
        "words": len(script_json(spoken).encode()),
        **{name: len(script_json(own).encode()) for name, own in data.items()},
    }
    return Written(
        alone=alone,
        served={f"{page.slug}.html": served, f"data/{page.slug}.json": text},
        parts=parts,
    )


def shared_files() -> dict[str, bytes]:
    """Return the files for a server that all pages share, by name."""
    shared = {
        "app.js": scripts(with_map=True).encode(),
        "app.css": (_letters(inside=False) + styles()).encode(),
        "icon.svg": _asset("site/icon.svg").encode(),
    }
    for weight in WEIGHTS:
        name = f"titillium-web-{weight}.woff2"
        shared[f"fonts/{name}"] = (LETTERS / name).read_bytes()
    return shared


SERVED_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'"
)


@functools.cache
def scripts(*, with_map: bool) -> str:
    """Return the script of a page: Leaflet where there is a map, ours, and the call that begins."""
    own = [*(f"site/{name}.js" for name in CORE), *(f"site/{name}.js" for name in SECTIONS)]
    leaflet = [_asset("leaflet/leaflet.js")] if with_map else []
    return "\n".join([*leaflet, *(_asset(name) for name in own if _has(name)), "Q15.begin();"])


@functools.cache
def styles() -> str:
    """Return the styles of a page, those of Leaflet without its pictures."""
    leaflet = re.sub(r"[^{}]+\{[^{}]*url\([^{}]*\}", "", _asset("leaflet/leaflet.css"))
    names = ("base", "map", *SECTIONS, "print")
    own = (_asset(f"site/{name}.css") for name in names if _has(f"site/{name}.css"))
    return "\n".join([leaflet, *own])


def _letters(*, inside: bool) -> str:
    """Return the rules that name the letters: Titillium Web, in the page or beside it."""
    rules = []
    for weight in WEIGHTS:
        where = letters_inside(weight) if inside else f"fonts/titillium-web-{weight}.woff2"
        rules.append(
            f'@font-face{{font-family:"Titillium Web";font-weight:{weight};'
            f'src:url({where}) format("woff2");font-display:swap}}'
        )
    return "\n".join(rules) + "\n"


def _of_sections(what: str, material: Material, page: Page) -> dict[str, Any]:
    """Return what a function of that name gives, of the sections that have one and give any."""
    names = {name: f"quartieri15.publish.site.sections.{name}" for name in page.sections}
    modules = {name: import_module(module) for name, module in names.items() if find_spec(module)}
    made = {
        name: getattr(module, what)(material, page)
        for name, module in modules.items()
        if hasattr(module, what)
    }
    return {name: own for name, own in made.items() if own}


def _page_facts(material: Material, page: Page, pages: Sequence[Page]) -> dict[str, Any]:
    """Return what the frame's own scripts know of a page."""
    facts: dict[str, Any] = {
        "slug": page.slug,
        "kind": page.kind,
        "title": page.title,
        "sections": page.sections,
        "language": material.language,
        "city": material.city.name,
        "minutes": material.minutes,
        "groups": material.groups,
        "travellers": [
            {
                "name": who.name,
                "mode": who.mode,
                "speed_kmh": who.speed_kmh,
                "label": {"it": who.label_it, "en": who.label_en},
            }
            for who in material.travellers
        ],
        "pages": [{"slug": one.slug, "kind": one.kind, "title": one.title} for one in pages],
        "when": material.when.date().isoformat(),
    }
    if page.area is not None:
        from quartieri15.publish.site.projection import to_degrees

        facts["bounds"] = [round(float(value)) for value in shapely.bounds(page.area)]
        facts |= to_degrees(material.city)
    return facts


def _values(material: Material, page: Page, pages: Sequence[Page]) -> dict[str, Any]:
    line = words.isolated(licence_line(material.city.provenance))
    return {
        "page": page,
        "pages": pages,
        "language": material.language,
        "publisher": material.publisher,
        "nil": "nil" in material.city.zones,
        "licence": words.in_all_languages("licences", line=line),
        "date": in_each(words.date_text, material.when.date()),
        "texts": _of_sections("texts", material, page),
        "link_to": link_to,
        "has_template": lambda name: _has_template(f"site/{name}.html.j2"),
    }


def _fill(**values: Any) -> str:
    text = _environment().get_template("site/page.html.j2").render(**values)
    return words.visible(text)


@functools.cache
def _environment() -> jinja2.Environment:
    return templates(word=_word, both=_both)


@jinja2.pass_context
def _word(context: jinja2.runtime.Context, key: str, **values: str) -> Markup:
    """Write a phrase in the language the page opens in; the script says it in the other."""
    own = catalogue.of_zones(key, nil=context["nil"])
    text = catalogue.say(own, context["language"], **values)
    if not values:
        return Markup('<span data-word="{}">{}</span>').format(key, text)
    return Markup('<span data-word="{}" data-values="{}">{}</span>').format(
        key, json.dumps(values), text
    )


@jinja2.pass_context
def _both(context: jinja2.runtime.Context, texts: Mapping[str, str]) -> Markup:
    """Write a text that is known in both languages; the script shows the one that is chosen."""
    if len(set(texts.values())) == 1:
        return Markup("{}").format(next(iter(texts.values())))
    return Markup('<span data-texts="{}">{}</span>').format(
        json.dumps(texts, ensure_ascii=False), texts[context["language"]]
    )


_KEY: Final = re.compile(r"""["'`]([a-z][a-z0-9_]*\.[a-z0-9_.]*)(?=["'`$])""")


def _keys_of(script: str) -> set[str]:
    """Return whatever in a script looks like the key of a phrase."""
    return {key for key in _KEY.findall(script) if key.split(".")[0] in _parts()}


def _keys_in_templates(page: Page) -> set[str]:
    names = ["site/page.html.j2", *(f"site/{name}.html.j2" for name in page.sections)]
    found: set[str] = set()
    for name in names:
        if _has_template(name):
            found |= _keys_of((_TEMPLATES / name).read_text(encoding="utf-8"))
    return found


@functools.cache
def _parts() -> frozenset[str]:
    return frozenset(key.split(".")[0] for key in catalogue.phrases("it"))


def _has_template(name: str) -> bool:
    return (_TEMPLATES / name).is_file()


def _has(name: str) -> bool:
    return (_ASSETS / name).is_file()


@functools.cache
def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")
