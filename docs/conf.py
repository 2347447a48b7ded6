"""How the documentation site is built: ``make docs``. Nothing is asked of the network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parent
sys.path[:0] = [str(ROOT), str(HERE)]

from reference_pages import write_reference  # noqa: E402 (beside this file)

import quartieri15  # noqa: E402 (from this tree, not from an installed one)

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "quartieri15"
author = "The quartieri15 maintainers"
project_copyright = (
    "the quartieri15 maintainers (EUPL 1.2). Data: © OpenStreetMap contributors (ODbL); "
    "Comune di Milano (CC BY 4.0); ISTAT (CC BY)"
)
version = release = quartieri15.__version__
language = "en"

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["examples/README.rst", "gallery/*.md"]
myst_heading_anchors = 3

# A reference that leads nowhere is an error, except to other projects: their lists of names would
# have to be fetched.
nitpicky = True
nitpick_ignore_regex = [(r"py:.*", r"(?!quartieri15).*")]

autodoc_typehints = "none"
autodoc_member_order = "bysource"
add_module_names = False
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
# Names of kinds of values: numpydoc takes what they are made of for their signature, and stumbles.
autodoc_default_options = {"exclude-members": "Area, CivicNumbers, Span, WrittenDate"}

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "pydata_sphinx_theme"
html_title = "quartieri15"
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "show_prev_next": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "plots",
    "filename_pattern": "/plot_",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "min_reported_time": 1e9,
}


def setup(app: Sphinx) -> None:
    """Write the pages of the reference from the library, before the sources are read."""
    app.connect("config-inited", lambda *_: write_reference(HERE / "reference"))
