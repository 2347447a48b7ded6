"""What is published, as a catalogue that Italian portals of open data harvest: DCAT-AP_IT.

Source: AgID, DCAT-AP_IT 1.0 (2016) and its *Linee guida per i cataloghi dati*; vocabularies of the
Publications Office of the European Union for themes, languages, frequencies and types of files, and
of AgID for licences. Written as JSON-LD with its context inside: nothing else is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from quartieri15.publish import words
from quartieri15.publish.layers.linked_texts import linked_texts
from quartieri15.publish.tables import licence_line, vintages_line

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from quartieri15.publish.texts import Texts

DCAT_FILE: Final = "dcat-ap_it.jsonld"

CONTEXT: Final = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatapit": "http://dati.gov.it/onto/dcatapit#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

FILE_TYPES: Final = {
    "csv": "CSV",
    "xlsx": "XLSX",
    "gpkg": "GPKG",
    "geojson": "GEOJSON",
    "parquet": "PARQUET",
    "pdf": "PDF",
    "html": "HTML",
    "json": "JSON",
}
"""Types of files in the European vocabulary, by the ending of a name."""

LICENCE: Final = {
    "@id": "https://w3id.org/italia/controlled-vocabulary/licences/A310_ODBL",
    "@type": ["dcatapit:LicenseDocument", "dct:LicenseDocument"],
    "dct:type": {"@id": "http://purl.org/adms/licencetype/ShareAlike"},
    "foaf:name": "Open Data Commons Open Database License 1.0 (ODbL)",
}
"""Streets of OpenStreetMap are in every figure, so its licence goes with them."""

_AUTHORITY: Final = "http://publications.europa.eu/resource/authority"
_THEMES: Final = ("SOCI", "TRAN")
"""Population and society; transport."""

NO_PUBLISHER: Final = "non indicato"


@dataclass(frozen=True, kw_only=True)
class PublishedSet:
    """Files that hold the same data.

    Parameters
    ----------
    name
        A name for links: ours, never a text of the data.
    title, description
        What it is, by language.
    files
        Paths of the files, from the folder in which the catalogue stands.
    main
        Whether most readers need no other.
    """

    name: str
    title: Texts
    description: Texts
    files: Sequence[str]
    main: bool = False


def dcat_catalogue(
    sets: Sequence[PublishedSet],
    *,
    title: Texts,
    publisher: Mapping[str, str],
    provenance: Mapping[str, Any],
    when: dt.datetime,
) -> dict[str, Any]:
    """Describe sets of files as a catalogue.

    Parameters
    ----------
    sets
        What is published.
    title
        Of the catalogue.
    publisher
        ``name``, ``contact`` and ``web`` of who publishes; empty where nobody does.
    provenance
        Of the city: ``licence_line`` and ``vintages`` are told.
    when
        The time of writing.

    Returns
    -------
    dict
        JSON-LD. Addresses of files count from the address at which the catalogue is read, so it
        is right wherever the folder is put on line.

    Examples
    --------
    >>> import datetime as dt
    >>> both = {"it": "Prova", "en": "Trial"}
    >>> one = PublishedSet(name="a", title=both, description=both, files=["a.csv"])
    >>> told = dcat_catalogue(
    ...     [one], title=both, publisher={"name": "Comune", "contact": "a@example.org"},
    ...     provenance={}, when=dt.datetime(2026, 11, 26, tzinfo=dt.UTC),
    ... )
    >>> [part["@type"][0] for part in told["@graph"]][:3]
    ['dcatapit:Catalog', 'dcatapit:Agent', 'dcatapit:Organization']
    """
    day = {"@value": when.date().isoformat(), "@type": "xsd:date"}
    agent, contact = _agent(publisher), _contact(publisher)
    datasets = [_dataset(one, agent, contact, provenance, day) for one in sets]
    distributions = [_distribution(one, file, provenance) for one in sets for file in one.files]
    catalogue = {
        "@id": "#catalogo",
        "@type": ["dcatapit:Catalog", "dcat:Catalog"],
        "dct:title": linked_texts(title),
        "dct:description": linked_texts(words.in_all_languages("downloads.catalogue")),
        "dct:publisher": {"@id": agent["@id"]},
        "dct:modified": day,
        "dct:language": [_language("ITA"), _language("ENG")],
        "dcat:themeTaxonomy": {"@id": f"{_AUTHORITY}/data-theme"},
        "dcat:dataset": [{"@id": one["@id"]} for one in datasets],
    }
    web = publisher.get("web")
    if web:
        catalogue["foaf:homepage"] = {"@id": web}
    return {
        "@context": CONTEXT,
        "@graph": [catalogue, agent, contact, *datasets, *distributions, LICENCE],
    }


def _agent(publisher: Mapping[str, str]) -> dict[str, Any]:
    name = publisher.get("name") or NO_PUBLISHER
    return {
        "@id": "#editore",
        "@type": ["dcatapit:Agent", "foaf:Agent"],
        "foaf:name": {"@value": name, "@language": "it"},
        "dct:identifier": name,
    }


def _contact(publisher: Mapping[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "@id": "#contatto",
        "@type": ["dcatapit:Organization", "vcard:Organization", "vcard:Kind"],
        "vcard:fn": publisher.get("name") or NO_PUBLISHER,
    }
    address = publisher.get("contact", "")
    if "@" in address:
        told["vcard:hasEmail"] = {"@id": f"mailto:{address}"}
    elif address.startswith("http"):
        told["vcard:hasURL"] = {"@id": address}
    elif address:
        told["vcard:hasTelephone"] = {"vcard:hasValue": {"@id": f"tel:{address.replace(' ', '')}"}}
    return told


def _dataset(
    one: PublishedSet,
    agent: Mapping[str, Any],
    contact: Mapping[str, Any],
    provenance: Mapping[str, Any],
    day: Mapping[str, str],
) -> dict[str, Any]:
    return {
        "@id": f"#{one.name}",
        "@type": ["dcatapit:Dataset", "dcat:Dataset"],
        "dct:title": linked_texts(one.title),
        "dct:description": linked_texts(one.description),
        "dct:identifier": one.name,
        "dcat:theme": [{"@id": f"{_AUTHORITY}/data-theme/{theme}"} for theme in _THEMES],
        "dct:rightsHolder": {"@id": agent["@id"]},
        "dct:publisher": {"@id": agent["@id"]},
        "dcat:contactPoint": {"@id": contact["@id"]},
        "dct:modified": dict(day),
        # Made when somebody makes it.
        "dct:accrualPeriodicity": {"@id": f"{_AUTHORITY}/frequency/IRREG"},
        "dct:language": [_language("ITA"), _language("ENG")],
        "adms:versionNotes": {
            "@value": vintages_line(provenance),
            "@language": "en",
        },
        "dcat:distribution": [{"@id": f"#{file}"} for file in one.files],
    }


def _distribution(one: PublishedSet, file: str, provenance: Mapping[str, Any]) -> dict[str, Any]:
    ending = PurePosixPath(file).suffix.removeprefix(".")
    return {
        "@id": f"#{file}",
        "@type": ["dcatapit:Distribution", "dcat:Distribution"],
        "dct:title": linked_texts(
            {name: f"{text} ({ending.upper()})" for name, text in one.title.items()}
        ),
        "dct:format": {"@id": f"{_AUTHORITY}/file-type/{FILE_TYPES[ending]}"},
        "dcat:accessURL": {"@id": file},
        "dcat:downloadURL": {"@id": file},
        "dct:license": {"@id": LICENCE["@id"]},
        "dct:rights": licence_line(provenance),
    }


def _language(code: str) -> dict[str, str]:
    return {"@id": f"{_AUTHORITY}/language/{code}"}
