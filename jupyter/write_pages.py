"""Writes executed notebooks as HTML pages that stand alone, with one of our templates.

    write_pages.py <template> <folder of the pages> <notebook>...
"""
import json
import re
import sys
from pathlib import Path

from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters import Highlight2HTML
from traitlets.config import Config

root = Path(__file__).resolve().parent.parent


def file_text(path: str) -> str:
    return (root / path).read_text(encoding="utf-8")


def script_text(path: str) -> str:
    """A script as an element can hold it: nothing in it ends the element."""
    return re.sub("</(?=script)", r"<\\/", file_text(path), flags=re.IGNORECASE)


def json_script(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("<", r"\u003c")


class PageExporter(HTMLExporter):
    """nbconvert's, without its second pass: a parser that takes most of the time, for what only its own
    templates need (focus for cells of class jp-Notebook) and ours have (alternative texts)."""

    def from_notebook_node(self, nb, resources=None, **kw):
        language = nb.metadata.get("language_info", {})
        lexer = language.get("pygments_lexer", language.get("name"))
        self.register_filter("highlight_code", Highlight2HTML(pygments_lexer=lexer, parent=self))
        return TemplateExporter.from_notebook_node(self, nb, resources, **kw)


def exporter(template: str) -> PageExporter:
    templates = str(root / "jupyter" / "templates")
    config = Config()
    config.TemplateExporter.extra_template_basedirs = [templates]  # where template_name is looked up
    config.TemplateExporter.extra_template_paths = [templates]  # where {% extends %} looks
    config.TemplateExporter.filters = {
        "file_text": file_text,
        "script_text": script_text,
        "json_script": json_script,
    }
    config.HTMLExporter.exclude_anchor_links = True
    config.NbConvertBase.display_data_priority = [
        "image/svg+xml",
        "application/vnd.plotly.v1+json",
        "text/html",
        "text/markdown",
        "image/png",
        "text/latex",
        "text/plain",
    ]
    return PageExporter(config=config, template_name=template)


if __name__ == "__main__":
    template, folder, *notebooks = sys.argv[1:]
    pages = exporter(template)
    for notebook in map(Path, notebooks):
        html, _ = pages.from_filename(str(notebook))
        (Path(folder) / f"{notebook.stem}.html").write_text(html, encoding="utf-8")
