"""A page around a folium map that asks nobody for anything: Leaflet stands in the file."""

from __future__ import annotations

import base64
import functools
import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import folium
import jinja2
from branca.element import Figure, MacroElement
from folium.template import Template
from markupsafe import Markup, escape

from quartieri15.publish import words

if TYPE_CHECKING:
    from collections.abc import Mapping

_ASSETS = files("quartieri15.publish") / "assets"

SPOKEN_BY_SCRIPT = ("zoom_in", "zoom_out", "whole_city", "close")
"""Phrases for controls that Leaflet makes itself."""


class PageMap(folium.Map):
    """A folium map without foreign files, for a :class:`Page`.

    Everything folium can add to a map can be added to this one. Layers that need other
    scripts (plugins, tiles) bring their own requests with them.
    """

    default_js: list[tuple[str, str]] = []  # noqa: RUF012  (folium types it as a list)
    default_css: list[tuple[str, str]] = []  # noqa: RUF012

    _template = Template(
        """
        {% macro html(this, kwargs) %}
        <div class="folium-map" id={{ this.get_name()|tojson }}></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
            center: {{ this.location|tojson }},
            crs: L.CRS.{{ this.crs }},
            ...{{ this.options|tojavascript }}
        });
        {%- if this.control_scale %}
        L.control.scale({imperial: false}).addTo({{ this.get_name() }});
        {%- endif %}
        {%- if this.objects_to_stay_in_front %}
        {{ this.get_name() }}.on("overlayadd", function () {
            {%- for item in this.objects_to_stay_in_front %}
            {{ item.get_name() }}.bringToFront();
            {%- endfor %}
        });
        {%- endif %}
        {% endmacro %}
        """
    )


class Start(MacroElement):
    """The call that gives a finished map its panel, its popups and its languages."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        quartieri15.start({{ this._parent.get_name() }}, {
            {%- for key, layer in this.layers.items() %}
            {{ key|tojson }}: {{ layer.get_name() }},
            {%- endfor %}
        }, {{ this.bounds|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, layers: Mapping[str, Any], bounds: list[list[float]]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Start"
        self._id = "page"
        self.layers = layers
        self.bounds = bounds


class Page(Figure):
    """An HTML page with one map in the middle.

    Parameters
    ----------
    content
        What ``templates/page.html.j2`` asks for: texts by language, and finished parts.
    shapes
        SVG drawings of the markers, by name.
    closed
        Whether the browser shall refuse every request of the page. A map that a user goes on
        with in a notebook stays open.
    """

    def __init__(
        self, content: Mapping[str, Any], *, shapes: Mapping[str, str], closed: bool
    ) -> None:
        super().__init__(height="680px")
        self.content = content
        self.shapes = shapes
        self.closed = closed
        # The page states its own character set.
        self.header._children.clear()  # noqa: SLF001

    def render(self, **kwargs: Any) -> str:
        """Return the whole page as text."""
        for child in self._children.values():
            child.render(**kwargs)
        spoken = {key: words.WORDS[key] for key in SPOKEN_BY_SCRIPT}
        data = (
            f"window.quartieri15Shapes={_script_json(self.shapes)};"
            f"window.quartieri15Words={_script_json(spoken)};"
            f"window.quartieri15Icons={_script_json(_marker_icons())};"
        )
        text: str = fill(
            "page",
            **self.content,
            closed=self.closed,
            leaflet_css=Markup(_leaflet_css()),  # noqa: S704  (ours, see _asset)
            leaflet_js=Markup(_asset("leaflet/leaflet.js").decode()),  # noqa: S704
            map_css=Markup(_asset("map.css").decode()),  # noqa: S704
            map_js=Markup(data + _asset("map.js").decode()),  # noqa: S704
            header=Markup(self.header.render(**kwargs)),  # noqa: S704
            html=Markup(self.html.render(**kwargs)),  # noqa: S704
            script=Markup(self.script.render(**kwargs)),  # noqa: S704
        )
        return text


def fill(template: str, **values: Any) -> Markup:
    """Fill a template; whatever is not markup is escaped."""
    text = _environment().get_template(f"{template}.html.j2").render(**values)
    return Markup(text)  # noqa: S704  (the template escaped it)


def both(texts: Mapping[str, str] | str) -> Markup:
    """Write a text in all languages; the page shows the one that is chosen.

    Parameters
    ----------
    texts
        Plain text by language, or one text for all. It is escaped.

    Examples
    --------
    >>> print(both({"it": "casa", "en": "<house>"}))
    <span lang="it">casa</span><span lang="en">&lt;house&gt;</span>
    >>> print(both({"it": "37", "en": "37"}))
    37
    """
    if isinstance(texts, str):
        return escape(texts)
    if len(set(texts.values())) == 1:
        return escape(next(iter(texts.values())))
    return Markup("").join(
        Markup('<span lang="{}">{}</span>').format(language, text)
        for language, text in texts.items()
    )


def word(key: str, **values: Any) -> Markup:
    """Write a phrase of :mod:`quartieri15.publish.words` in all languages."""
    return both(words.in_all_languages(key, **values))


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("quartieri15.publish", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"both": both, "word": word}
    return environment


@functools.cache
def _asset(name: str) -> bytes:
    return (_ASSETS / name).read_bytes()


def _data_uri(name: str) -> str:
    return "data:image/png;base64," + base64.b64encode(_asset(name)).decode()


def _leaflet_css() -> str:
    """Leaflet's styles with their pictures inside."""
    return re.sub(
        r"url\((images/[\w.-]+)\)",
        lambda match: f"url({_data_uri('leaflet/' + match[1])})",
        _asset("leaflet/leaflet.css").decode(),
    )


def _marker_icons() -> dict[str, str]:
    """Return the pictures of Leaflet's own marker, for markers a user adds."""
    return {
        "iconUrl": _data_uri("leaflet/images/marker-icon.png"),
        "iconRetinaUrl": _data_uri("leaflet/images/marker-icon-2x.png"),
        "shadowUrl": _data_uri("leaflet/images/marker-shadow.png"),
    }


def _script_json(value: object) -> str:
    """Write JSON that cannot end the script it stands in."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
