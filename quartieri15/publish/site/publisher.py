"""Who publishes a site: name, crest and contacts, and what is declared of its pages."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from quartieri15.arguments import require_choice, require_path, require_text, shown
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model.text_files import read_text
from quartieri15.publish.site.crest import crest_format, read_crest

if TYPE_CHECKING:
    from pathlib import Path

Kind = Literal["public_body", "other"]
Conformance = Literal["full", "partial", "none"]
Method = Literal["self_assessment", "third_party"]

LONGEST: Final = 20_000
"""Letters of the longest file of settings that is read; a full one has 1,000."""

_MAIL: Final = re.compile(r"[^@\s<>\"'?&]*\w@\w[^@\s<>\"'?&]*\.\w+")
_TELEPHONE: Final = re.compile(r"\+?(?:[ ./()-]{0,3}\d){5,15}")
_PAGE: Final = re.compile(r"https?://\w[^\s<>\"']*")
_NO_BREAK: Final = str.maketrans("\u00a0\u202f", "  ")
_CHOICES: Final = {
    "kind": ("public_body", "other"),
    "conformance": ("full", "partial", "none"),
    "statement_method": ("self_assessment", "third_party"),
}
_CONTACTS: Final = ("contact", "report_errors_to", "privacy_contact")
_PAGES: Final = ("web", "privacy_notice", "statement_url")
_STATEMENT: Final = ("conformance", "statement_date", "statement_method")


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """Who answers for the pages of a site.

    Without a name nobody does: the pages then say that they are a demonstration.

    Parameters
    ----------
    name
        As it stands at the head of every page, such as ``"Municipio 4 di Milano"``.
    contact
        An e-mail address, a telephone number or a page on the web. A publisher must have one.
    kind
        ``"public_body"``: the law on accessibility of public bodies holds; or ``"other"``.
    crest
        A file with the coat of arms or the mark, SVG or PNG of at most 100 kB. It stands beside
        the name, in every page.
    address
        The postal address.
    web
        Its own pages.
    report_errors_to
        Where errors of these pages are reported; ``contact`` when left out.
    privacy_contact
        Whom to ask about personal data; ``contact`` when left out.
    privacy_notice
        The page with the publisher's privacy notice.
    conformance
        How far the publisher declares that the pages meet EN 301 549: ``"full"``, ``"partial"``
        or ``"none"``. It comes with the next two, or not at all.
    statement_date
        When the statement was made.
    statement_method
        ``"self_assessment"`` or ``"third_party"``.
    statement_url
        The statement as made with the form of AgID, which is the one that counts for a public
        body.

    Raises
    ------
    InputError
        If a name has no contact, or what is given is none of what it should be.

    Examples
    --------
    >>> Publisher(name="Municipio 4 di Milano", contact="casa@example.org").report_errors_to
    'casa@example.org'
    >>> Publisher(name="Municipio 4 di Milano")
    Traceback (most recent call last):
    ...
    quartieri15.errors.InputError: publisher, contact: a publisher without a contact cannot be \
told of an error. Mend: give an e-mail address, a telephone number or a page on the web.
    """

    name: str = ""
    contact: str = ""
    kind: Kind = "public_body"
    crest: Path | None = None
    address: str = ""
    web: str = ""
    report_errors_to: str = ""
    privacy_contact: str = ""
    privacy_notice: str = ""
    conformance: Conformance | None = None
    statement_date: dt.date | None = None
    statement_method: Method | None = None
    statement_url: str = ""
    crest_octets: bytes = field(default=b"", init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in SETTINGS:
            _require(name, getattr(self, name))
        given = [name for name in _STATEMENT if getattr(self, name) is not None]
        if given and len(given) < len(_STATEMENT):
            missing = next(name for name in _STATEMENT if name not in given)
            raise InputError(
                f"a statement with {given[0]} and without {missing} says half of what it must",
                where=f"publisher, {missing}",
                mend=f"give {', '.join(_STATEMENT)} together, or none of them",
            )
        if self.name and not self.contact:
            raise InputError(
                "a publisher without a contact cannot be told of an error",
                where="publisher, contact",
                mend="give an e-mail address, a telephone number or a page on the web",
            )
        if not self.name and any(getattr(self, name) for name in SETTINGS if name != "kind"):
            raise InputError(
                "a publisher has no name",
                where="publisher, name",
                mend="say who answers for the pages",
            )
        for name in ("report_errors_to", "privacy_contact"):
            object.__setattr__(self, name, getattr(self, name) or self.contact)
        # Read once: a page is not to name a crest that is gone when it is written.
        if self.crest is not None:
            object.__setattr__(self, "crest_octets", read_crest(self.crest))

    @classmethod
    def from_toml(cls, path: str | Path) -> Publisher:
        """Read a publisher from a TOML file whose keys are the parameters of this class.

        Parameters
        ----------
        path
            The file. The path of a crest in it counts from its folder.

        Raises
        ------
        MissingFileError
            If there is no such file.
        InputError
            If it is no TOML, or a value is wrong: the error names the key.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> file = Path(tempfile.mkdtemp(), "publisher.toml")
        >>> lines = ('name = "Municipio 4 di Milano"', 'contact = "casa@example.org"')
        >>> _ = file.write_text(chr(10).join(lines))
        >>> Publisher.from_toml(file).name
        'Municipio 4 di Milano'
        """
        text = read_text(path, longest=LONGEST, what="a publisher")
        try:
            given = tomllib.loads(text.removeprefix("\ufeff"))  # Notepad begins files so
        except (ValueError, RecursionError) as wrong:
            raise InputError(
                f"this is no TOML: {wrong}", where=str(path), mend='write lines as name = "..."'
            ) from None
        for key in given:
            if key not in SETTINGS:
                near = UnknownNameError.among(key, SETTINGS, kind="key")
                raise InputError(near.what, where=str(path), mend=near.mend)
        if not given.get("name"):
            raise InputError(
                "the publisher has no name", where=str(path), mend='add a line name = "..."'
            )
        if isinstance(given.get("crest"), str):
            given["crest"] = require_path(path, where="path").parent / given["crest"]
        try:
            return cls(**given)
        except (InputError, ParameterError) as wrong:
            raise InputError(
                wrong.what, where=f"{path}, {(wrong.where or '').split(', ')[-1]}", mend=wrong.mend
            ) from None

    @property
    def crest_file(self) -> tuple[str, bytes] | None:
        """Name and content of the crest as a file beside pages; None without a crest."""
        octets = self.crest_octets
        return (f"crest.{crest_format(octets)}", octets) if octets else None

    @property
    def crest_uri(self) -> str:
        """The crest inside a page; empty without one."""
        if self.crest_file is None:
            return ""
        name, octets = self.crest_file
        kind = "svg+xml" if name.endswith("svg") else "png"
        return f"data:image/{kind};base64,{base64.b64encode(octets).decode()}"


SETTINGS: Final = tuple(field.name for field in dataclasses.fields(Publisher) if field.init)
"""What can be said of a publisher: the keys of its file."""


def require_publisher(publisher: object) -> Publisher:
    """Return who publishes, nobody where nothing is given, or say that it is no publisher.

    Examples
    --------
    >>> require_publisher(None).name
    ''
    """
    if publisher is None:
        return Publisher()
    if not isinstance(publisher, Publisher):
        raise ParameterError(
            f"publisher is {shown(publisher)}",
            where="publisher",
            mend="give a Publisher, for example Publisher.from_toml('publisher.toml')",
        )
    return publisher


def link_to(contact: str) -> str:
    """Return what a link to a contact leads to.

    Examples
    --------
    >>> link_to("casa@example.org"), link_to("+39 02 884 58400"), link_to("https://example.org")
    ('mailto:casa@example.org', 'tel:+390288458400', 'https://example.org')
    """
    if _MAIL.fullmatch(contact):
        return f"mailto:{contact}"
    if _TELEPHONE.fullmatch(contact):
        return f"tel:{re.sub(r'[^+0-9]', '', contact)}"
    return contact


def _require(name: str, value: Any) -> None:
    """Refuse a value that is none of what a setting may be."""
    where = f"publisher, {name}"
    if name in _CHOICES:
        if value is not None:
            choices = _CHOICES[name]
            require_choice(value, choices, where=where, mend=f"use one of {', '.join(choices)}")
    elif name == "statement_date":
        # A date with a time is a date too, for Python.
        if value is not None and (not isinstance(value, dt.date) or isinstance(value, dt.datetime)):
            raise ParameterError(
                f"{where} is {shown(value)}", where=where, mend="give a date, such as 2025-09-23"
            )
        if value is not None and value > dt.date.today():  # noqa: DTZ011  (the publisher's day)
            raise InputError(
                f"{value} is yet to come", where=where, mend="give the day the statement was made"
            )
    elif name == "crest":
        if value is not None:
            require_path(value, where=where)
    elif not isinstance(value, str) or value:
        _require_line(name, value, where)


def _require_line(name: str, value: Any, where: str) -> None:
    """Refuse what is no text of one line, or no contact and no page where it should be one."""
    require_text(value, where=where)
    if not value.translate(_NO_BREAK).isprintable():
        raise InputError(
            f"{shown(value)} holds what cannot be printed", where=where, mend="give one line"
        )
    if name in _CONTACTS and not _is_contact(value):
        raise InputError(
            f"{shown(value)} is no way to write to anybody",
            where=where,
            mend="give an e-mail address, a telephone number or a page on the web (https://)",
        )
    if name in _PAGES and not _PAGE.fullmatch(value):
        raise InputError(
            f"{shown(value)} is no page on the web",
            where=where,
            mend="give an address that begins with https://",
        )


def _is_contact(value: str) -> bool:
    return any(pattern.fullmatch(value) for pattern in (_MAIL, _TELEPHONE, _PAGE))
