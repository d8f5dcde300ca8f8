"""How nbconvert makes pages of the notebooks: our templates, and all scripts inside the page."""
import json
import re
from pathlib import Path

root = Path(__file__).resolve().parent.parent


def file_text(path: str) -> str:
    return (root / path).read_text(encoding="utf-8")


def script_text(path: str) -> str:
    """A script as an element can hold it: nothing in it ends the element."""
    return re.sub("</(?=script)", r"<\\/", file_text(path), flags=re.IGNORECASE)


def json_script(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("<", r"\u003c")


c = get_config()  # noqa: F821 (nbconvert provides it)
templates = str(root / "jupyter" / "templates")
c.TemplateExporter.extra_template_basedirs = [templates]  # where --template looks
c.TemplateExporter.extra_template_paths = [templates]  # where {% extends %} looks
c.TemplateExporter.filters = {
    "file_text": file_text,
    "script_text": script_text,
    "json_script": json_script,
}
c.HTMLExporter.exclude_anchor_links = True
c.NbConvertBase.display_data_priority = [
    "image/svg+xml",
    "application/vnd.plotly.v1+json",
    "text/html",
    "text/markdown",
    "image/png",
    "text/latex",
    "text/plain",
]
