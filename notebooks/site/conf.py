"""How Sphinx makes the book: from stored outputs, with nothing from elsewhere."""

import importlib.metadata
import re

import numpy as np

project = "Expectation–maximisation, by hand and by eye"
author = "the authors of gmmlib"
copyright = "text and figures CC BY 4.0, code MIT"
release = version = importlib.metadata.version("gmmlib")
language = "en"
smartquotes = False

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "numpydoc",
]
nb_execution_mode = "off"
nb_merge_streams = True
nb_code_prompt_show = "Show the {type}"
nb_code_prompt_hide = "Hide the {type}"
myst_enable_extensions = ["dollarmath"]
myst_dmath_allow_labels = False
myst_heading_anchors = 3
add_module_names = False  # the title of the page says it
default_role = "code"  # what docstrings put between single backticks
numpydoc_show_class_members = False
autodoc_member_order = "bysource"

mathjax_path = "mathjax/tex-chtml.js"
mathjax3_config = {"options": {"enableMenu": False}}

html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = [("frames.js", {"defer": "defer"})]
html_sourcelink_suffix = ""
html_favicon = "icon.svg"
html_context = {"default_mode": "auto"}
html_theme_options = {
    "use_fullscreen_button": False,
    "use_download_button": True,
    "show_navbar_depth": 1,
    "show_toc_level": 2,
    "home_page_in_toc": True,
    "navbar_persistent": [],
    "extra_footer": "This page is served from its own site alone.",
}


def wrap_equations(app, doctree):
    """Hand equations to MathJax as they stand: numbers (3.1) are set by `tag`."""
    from docutils import nodes

    for block in doctree.findall(nodes.math_block):
        text = block.astext().strip()
        block.children = [nodes.Text(f"\\[{text}\\]")]
        block.rawsource, block["no-wrap"] = block.children[0], True


def hold_together(app, doctree):
    """Let no line end between a formula and the stop or bracket after it."""
    from docutils import nodes

    for formula in list(doctree.findall(nodes.math)):
        line, place = formula.parent, formula.parent.index(formula)
        after = line[place + 1] if place + 1 < len(line) else None
        stop = isinstance(after, nodes.Text) and re.match(r"[.,;:?!)]+", after)
        if stop:
            line[place + 1] = nodes.Text(after[stop.end() :])
            both = formula, nodes.Text(stop[0])
            line[place] = nodes.inline("", "", *both, classes=["together"])


def as_it_reads(app, what, name, obj, options, lines):
    """Escape bars, which mean |x| in a docstring and a substitution to Sphinx."""
    for n, line in enumerate(lines):
        parts = line.split("`")
        parts[::2] = [part.replace("|", "\\|") for part in parts[::2]]
        lines[n] = "`".join(parts)


def not_ours(app, what, name, obj, skip, options):
    """Leave out NumPy's own functions that a class holds: NumPy describes them."""
    return True if isinstance(obj, np.ufunc) else None


def setup(app):
    app.connect("autodoc-skip-member", not_ours)
    app.connect("doctree-read", wrap_equations)
    app.connect("doctree-read", hold_together)
    app.connect("autodoc-process-docstring", as_it_reads, priority=100)
