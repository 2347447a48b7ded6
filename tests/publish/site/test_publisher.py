"""Law: a page says who answers for it and how to reach them, or that nobody does."""

from __future__ import annotations

import datetime as dt
import struct
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from quartieri15.errors import InputError, MissingFileError, ParameterError, Quartieri15Error
from quartieri15.publish.site.crest import LARGEST_CREST
from quartieri15.publish.site.publisher import SETTINGS, Publisher, link_to

if TYPE_CHECKING:
    from pathlib import Path

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'


def chunk(kind: bytes, held: bytes = b"") -> bytes:
    return struct.pack(">I", len(held)) + kind + held + struct.pack(">I", zlib.crc32(kind + held))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\0\0"))
    + chunk(b"IEND")
)
WHOLE = """
name = "Municipio 4 di Milano"
kind = "public_body"
contact = "casa@example.org"
report_errors_to = "https://example.org/errori"
privacy_contact = "privacy@example.org"
privacy_notice = "https://example.org/privacy"
address = "via Esempio 1, Milano"
web = "https://example.org"
crest = "crest.svg"
conformance = "partial"
statement_date = 2025-09-23
statement_method = "self_assessment"
statement_url = "https://form.agid.gov.it/view/example"
"""


def written(folder: Path, text: str) -> Path:
    (folder / "crest.svg").write_bytes(SVG)
    file = folder / "publisher.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_file_of_settings_is_read_whole(tmp_path: Path) -> None:
    publisher = Publisher.from_toml(written(tmp_path, WHOLE))
    assert publisher.name == "Municipio 4 di Milano"
    assert publisher.statement_date == dt.date(2025, 9, 23)
    assert publisher.crest_file == ("crest.svg", SVG)
    assert publisher.crest_uri.startswith("data:image/svg+xml;base64,")
    assert {line.partition(" = ")[0] for line in WHOLE.split("\n") if line} == set(SETTINGS)


def test_what_is_left_out_falls_back_to_the_contact() -> None:
    publisher = Publisher(name="Cooperativa", contact="+39 02 884 58400", kind="other")
    assert publisher.report_errors_to == publisher.privacy_contact == publisher.contact
    assert link_to(publisher.contact) == "tel:+390288458400"
    assert publisher.crest_file is None
    assert publisher.crest_uri == ""


def test_without_a_publisher_the_pages_are_a_demonstration() -> None:
    assert not Publisher().name
    assert Publisher() == Publisher(name="")


def test_a_crest_is_read_once(tmp_path: Path) -> None:
    publisher = Publisher.from_toml(written(tmp_path, WHOLE))
    (tmp_path / "crest.svg").unlink()
    assert publisher.crest_file == ("crest.svg", SVG)
    png = tmp_path / "crest.png"
    png.write_bytes(PNG)
    publisher = Publisher(name="M", contact="a@b.it", crest=png)
    assert publisher.crest_uri.startswith("data:image/png;base64,")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no name"),
        ('name = ""', "has no name"),
        ("name = 4", "name"),
        ('name = "Municipio 4"', "without a contact"),
        ('name = "Municipio 4"\ncontact = "somewhere"', "contact: 'somewhere' is no way"),
        ('name = "Municipio 4"\ncontact = "javascript:alert(1)"', "no way to write"),
        ('name = "Municipio 4"\ncontact = "a@b.it?bcc=c@d.it"', "no way to write"),
        ('name = "M"\ncontact = "a@b.it"\nweb = "www.b.it"', "no page on the web"),
        ('name = "M"\ncontact = "a@b.it"\nprivacy_notice = "data:,x"', "no page on the web"),
        ('name = "M"\ncontact = "a@b.it"\nkind = "comune"', "kind"),
        ('name = "M"\ncontact = "a@b.it"\nconformance = "partial"', "statement_date"),
        ('name = "M"\ncontact = "a@b.it"\nstatement_date = 2026-11-26T10:00:00', "statement_date"),
        ('name = "M"\ncontact = "a@b.it"\nstatement_date = "26 novembre"', "statement_date"),
        ('name = "M"\ncontact = "a@b.it"\ncrest = "missing.svg"', "no such file"),
        ('name = "M"\ncontact = "a@b.it"\ncrest = "publisher.toml"', "neither an SVG nor a PNG"),
        ('name = "M"\ncontact = "a@b.it"\ncrest = ["crest.svg"]', "crest"),
        ('name = "M"\nconctact = "a@b.it"', "did you mean contact"),
        ('name = "M"\ncontact = "....."', "no way to write"),
        ('name = "M"\ncontact = "()()- "', "no way to write"),
        ('name = "M"\ncontact = "..@..."', "no way to write"),
        ('name = "M"\ncontact = "https://..."', "no way to write"),
        (f"{WHOLE.replace('2025', '2999')}", "yet to come"),
        ("name = Municipio", "no TOML"),
        ("name = \x00", "no TOML"),
    ],
)
def test_a_wrong_setting_is_named_with_its_mend(tmp_path: Path, text: str, said: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(InputError, match=said) as wrong:
        Publisher.from_toml(file)
    assert str(file) in str(wrong.value)
    assert wrong.value.mend


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no such file"):
        Publisher.from_toml(tmp_path / "missing.toml")
    with pytest.raises(InputError, match="folder"):
        Publisher.from_toml(tmp_path)
    with pytest.raises(InputError, match="longer"):
        Publisher.from_toml(written(tmp_path, "#" * 30_000))
    large = tmp_path / "large.svg"
    large.write_bytes(SVG + b" " * LARGEST_CREST)
    with pytest.raises(InputError, match="too large"):
        Publisher(name="M", contact="a@b.it", crest=large)


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("value", [4, ["x"], object(), b"x", "\0", " ", float("nan")])
def test_only_errors_of_the_library_come_out(name: str, value: Any) -> None:
    with pytest.raises(Quartieri15Error) as wrong:
        Publisher(**({"name": "M", "contact": "a@b.it"} | {name: value}))
    assert isinstance(wrong.value, InputError | ParameterError)


def test_what_editors_add_is_no_error(tmp_path: Path) -> None:
    marked = Publisher.from_toml(written(tmp_path, "\ufeff" + WHOLE.replace("io 4", "io\u00a04")))
    assert marked.name == "Municipio\u00a04 di Milano"


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"a text that holds <svg and more", "neither an SVG nor a PNG"),
        (b"<svg><path/></svg>", "neither an SVG nor a PNG"),
        (SVG[:-6], "neither an SVG nor a PNG"),
        (PNG[:8] + b"anything", "damaged"),
        (PNG[:-12], "damaged"),
        (PNG.replace(b"IDAT", b"iDAT"), "damaged"),
        (SVG.replace(b"<path", b"<script>alert(1)</script><path"), "<script>"),
        (SVG.replace(b"<path", b'<path onload="alert(1)"'), "onload"),
        (SVG.replace(b"<path", b'<image href="https://example.org/x.png"/><path'), "href"),
        (SVG.replace(b"<path", b'<a href="javascript:alert(1)"/><path'), "href"),
        (SVG.replace(b"<path", b'<path fill="url(https://example.org/x)"'), "fill"),
        (SVG.replace(b"<path", b"<style>@import 'x.css';</style><path"), "style"),
        (SVG.replace(b"<path", b'<set attributeName="href" to="javascript:hit()"/><path'), "<set>"),
        (b'<?xml-stylesheet href="https://example.org/x.css"?>' + SVG, "style sheet"),
        (b'<!DOCTYPE svg [<!ENTITY x "y">]>' + SVG, "document type"),
    ],
)
def test_a_crest_only_draws(tmp_path: Path, octets: bytes, said: str) -> None:
    file = tmp_path / "crest"
    file.write_bytes(octets)
    with pytest.raises(InputError, match=said) as wrong:
        Publisher(name="M", contact="a@b.it", crest=file)
    assert wrong.value.mend


@pytest.mark.parametrize("encoding", ["cp037", "utf-16", "latin-1"])
def test_no_encoding_hides_what_a_crest_holds(tmp_path: Path, encoding: str) -> None:
    bomb = '<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg">è&a;</svg>'
    file = tmp_path / "crest.svg"
    declared = f'<?xml version="1.0" encoding="{encoding}"?>'.encode()
    file.write_bytes(declared + bomb.encode(encoding))
    with pytest.raises(InputError, match="has a document type, or is not in UTF-8"):
        Publisher(name="M", contact="a@b.it", crest=file)


def test_a_crest_may_name_parts_of_itself(tmp_path: Path) -> None:
    file = tmp_path / "crest.svg"
    file.write_bytes(SVG.replace(b"<path", b'<use href="#a"/><path id="a" fill="url(#b)"'))
    assert Publisher(name="M", contact="a@b.it", crest=file).crest_file is not None


def test_a_nameless_publisher_is_refused() -> None:
    with pytest.raises(InputError, match="no name"):
        Publisher(contact="a@b.it")


def test_the_example_in_the_docs_can_be_used(root: Path, tmp_path: Path) -> None:
    example = (root / "docs" / "publisher.toml").read_text(encoding="utf-8")
    assert Publisher.from_toml(written(tmp_path, example)).name == "Municipio 4 di Milano"
    # Also where what is commented out is not any more.
    whole = example.replace("\n# crest", "\ncrest").replace("\n# conformance", "\nconformance")
    whole = whole.replace("\n# statement_", "\nstatement_")
    publisher = Publisher.from_toml(written(tmp_path, whole))
    assert all(getattr(publisher, name) for name in SETTINGS)
