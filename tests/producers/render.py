"""One Markdown text in every format a candidate may send: the same words, headings, bullets, code, tables.

Each function is deterministic. Line ends that the author set inside a paragraph stay line breaks; with
`soft_breaks=False` single ones become spaces.
"""

from tests.producers.docx_producer import to_docx
from tests.producers.markdown_tree import parser
from tests.producers.pdf_producers import to_pdf_reportlab, to_pdf_typst

__all__ = ["to_docx", "to_html", "to_pdf_reportlab", "to_pdf_typst"]

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title></title>
<style>
body {{ font: 11pt/1.4 Georgia, serif; max-width: 46em; margin: 2em auto; color: #222 }}
code, pre {{ font-family: monospace }}
table {{ border-collapse: collapse }}
td, th {{ border: 1px solid #999; padding: .2em .5em; text-align: left; vertical-align: top }}
</style>
</head>
<body>
{body}</body>
</html>
"""


def to_html(markdown: str) -> str:
    """Return a whole page; raw HTML of the source passes through as it is."""
    return _PAGE.format(body=parser().render(markdown))
