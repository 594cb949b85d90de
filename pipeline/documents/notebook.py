"""Jupyter notebooks to blocks: Markdown cells as Markdown, code cells as code; outputs are left out."""

import json

from pipeline.documents.blocks import BlockBuilder
from pipeline.documents.code_reader import read_code
from pipeline.documents.markdown_reader import read_markdown
from pipeline.errors import SubmissionError
from pipeline.models.documents import Place


def read_notebook(text: str, builder: BlockBuilder) -> None:
    """Add the blocks of a notebook; places are not known, since lines in the file are lines of JSON.

    Raises:
        SubmissionError: `invalid_structure`: it is no notebook.
    """
    try:
        notebook = json.loads(text)
        cells = notebook["cells"]
        for cell in cells:
            source = cell.get("source", "")
            source = "".join(str(line) for line in source) if isinstance(source, list) else str(source)
            first = len(builder.blocks)
            if cell.get("cell_type") == "code":
                read_code(source, builder, name="cell.py")
            else:
                read_markdown(source, builder)
            builder.blocks[first:] = [block.model_copy(update={"place": Place()}) for block in builder.blocks[first:]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SubmissionError(
            "invalid_structure", "The notebook is damaged or is no notebook. Ask for it again, or as a .py file."
        ) from error
