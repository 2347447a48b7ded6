"""A page around a folium map that asks nobody for anything: Leaflet stands in the file.

What comes from data never reaches folium: its elements are rendered to text, and branca compiles
that text once more as a template, so that ``{{ ... }}`` in a name would be run. The data of a map
stand in the page as JSON (:class:`Page`), and the elements given to folium hold numbers only.
"""

from __future__ import annotations

import base64
import functools
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import folium
from branca.element import Figure, MacroElement
from folium.template import Template
from markupsafe import Markup, escape

from quartieri15.publish import words
from quartieri15.publish.content_security import content_security_policy
from quartieri15.publish.page_parts import script_json, templates
from quartieri15.publish.texts import in_own_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import jinja2

    from quartieri15.planning.wording import Wording

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


class PageLayer(folium.map.Layer):
    """A layer whose features stand in the data of the page: all that folium sees is its number.

    Parameters
    ----------
    number
        Its place among the ``layers`` of the :class:`Page`.
    name
        What a layer control that a user adds calls it.
    control
        Whether such a control lists it.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = quartieri15.layer({{ this.number }});
        {% endmacro %}
        """
    )

    def __init__(self, number: int, *, name: str, control: bool) -> None:
        # The page shows what its panel says.
        super().__init__(name=inert(name), overlay=True, control=control, show=False)
        self._name = "Layer"
        self._id = str(number)
        self.number = number


class Start(MacroElement):
    """The call that gives a finished map its panel, its popups and its languages.

    Parameters
    ----------
    bounds
        South-west and north-east corner of the whole city, in degrees.
    view
        Those of what the map shows at first; the whole city if None.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        quartieri15.start(
            {{ this._parent.get_name() }}, {{ this.bounds|tojson }}, {{ this.view|tojson }}
        );
        {% endmacro %}
        """
    )

    def __init__(self, bounds: list[list[float]], view: list[list[float]] | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Start"
        self._id = "page"
        self.bounds = bounds
        self.view = view or bounds


class Page(Figure):
    """An HTML page with one map in the middle.

    Parameters
    ----------
    content
        What the template asks for: texts by language, and finished parts.
    layers
        The data of the map, as plain values of JSON: of each layer its ``id``, the
        ``features``, the ``options`` of Leaflet and the function that draws a ``point``.
    shapes
        SVG drawings of the markers, by name.
    closed
        Whether the browser shall refuse every request of the page. A map that a user goes on
        with in a notebook stays open.
    template
        Which of the ``templates`` it is: ``"page"``, a map first of all, or ``"sheet"``, an answer
        with a map.
    """

    def __init__(
        self,
        content: Mapping[str, Any],
        *,
        layers: Sequence[Mapping[str, Any]],
        shapes: Mapping[str, str],
        closed: bool,
        template: str = "page",
    ) -> None:
        super().__init__(height="680px")
        self.template = template
        self.content = content
        self.layers = layers
        self.shapes = shapes
        self.closed = closed
        # The page states its own character set.
        self.header._children.clear()  # noqa: SLF001

    def render(self, **kwargs: Any) -> str:
        """Return the whole page as text."""
        for child in self._children.values():
            child.render(**kwargs)
        spoken = {key: words.in_all_languages(key) for key in SPOKEN_BY_SCRIPT}
        data = (
            f"window.quartieri15Shapes={script_json(self.shapes)};"
            f"window.quartieri15Words={script_json(spoken)};"
            f"window.quartieri15Icons={script_json(_marker_icons())};"
        )
        styles = [_leaflet_css(), _asset("map.css").decode()]
        if self.template == "sheet":
            styles.append(_asset("sheet.css").decode())
        scripts = [_asset("leaflet/leaflet.js").decode(), data + _asset("map.js").decode()]
        # As fill() writes them, so that the policy is of what stands in the page.
        start = words.visible(self.script.render(**kwargs))
        policy = content_security_policy(scripts=[*scripts, start], styles=styles)
        text: str = fill(
            self.template,
            **self.content,
            policy=Markup(policy) if self.closed else None,  # noqa: S704
            styles=[Markup(style) for style in styles],  # noqa: S704  (ours, see _asset)
            scripts=[Markup(script) for script in scripts],  # noqa: S704
            header=Markup(self.header.render(**kwargs)),  # noqa: S704
            html=Markup(self.html.render(**kwargs)),  # noqa: S704
            layers=Markup(script_json(self.layers)),  # noqa: S704
            start=Markup(start),  # noqa: S704
        )
        return text


def fill(template: str, **values: Any) -> Markup:
    """Fill a template; whatever is not markup is escaped."""
    text = _environment().get_template(f"{template}.html.j2").render(**values)
    return Markup(words.visible(text))  # noqa: S704  (the template escaped it)


def both(texts: Mapping[str, str] | str) -> Markup:
    """Write a text in all languages; the page shows the one that is chosen.

    Parameters
    ----------
    texts
        Plain text by language, or one text for all. It is escaped, unless it is markup.

    Examples
    --------
    >>> print(both({"it": "casa", "en": "<house>"}))
    <span lang="it">casa</span><span lang="en">&lt;house&gt;</span>
    >>> print(both({"it": "37", "en": "37"}))
    37
    """
    if isinstance(texts, str):
        return _escaped(texts)
    if len(set(texts.values())) == 1:
        return _escaped(next(iter(texts.values())))
    return Markup("").join(
        Markup('<span lang="{}">{}</span>').format(language, _escaped(text))
        for language, text in texts.items()
    )


def word(key: str, **values: Any) -> Markup:
    """Write a phrase of :mod:`quartieri15.publish.words` in all languages."""
    return both(words.in_all_languages(key, **values))


def quoted(text: object) -> Markup:
    """Write a text of the data: verbatim, and its direction turns nothing round it.

    Examples
    --------
    >>> print(quoted("{{ <b> }}"))
    <bdi>{{ &lt;b&gt; }}</bdi>
    """
    return Markup("<bdi>{}</bdi>").format(_escaped(str(text)))


def source_words(text: object, language: str = "it") -> Markup:
    """Quote what a source says in its own words, in its language whatever the page speaks."""
    return Markup('<q lang="{}"><bdi>{}</bdi></q>').format(language, _escaped(str(text)))


def own_words(text: Wording) -> dict[str, Markup]:
    """Write what a scenario says, for a page in each language; quoted where it does not speak it.

    Examples
    --------
    >>> print(own_words({"it": "Chiude", "en": "It closes"})["en"])
    <bdi>It closes</bdi>
    >>> print(own_words("Chiude")["en"])
    <q lang="it"><bdi>Chiude</bdi></q>
    """
    return {
        language: quoted(told) if spoken == language else source_words(told, spoken)
        for language, (told, spoken) in in_own_words(text).items()
    }


def inert(text: str) -> str:
    """Write a text as HTML that stays the same when it is taken for the source of a template.

    Examples
    --------
    >>> print(inert("{{ 6 * 7 }} & more"))
    &#123;&#123; 6 * 7 }} &amp; more
    """
    return str(_escaped(text)).replace("{", "&#123;")


def _escaped(text: str) -> Markup:
    return escape(text if isinstance(text, Markup) else words.visible(text))


@functools.cache
def _environment() -> jinja2.Environment:
    return templates(both=both, word=word, quoted=quoted)


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
