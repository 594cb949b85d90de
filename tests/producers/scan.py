"""A page as a scanner hands it over: an image, slightly turned, without any text."""

import io
import time

import numpy as np
import pypdfium2 as pdfium
from PIL import Image

_DOTS_PER_INCH = 110
_TURN_DEGREES = 0.6
_SPECKS = 0.0006
_MADE = time.struct_time((2026, 1, 5, 9, 0, 0, 0, 5, 0))


def scanned(pdf: bytes) -> bytes:
    """Return a PDF that shows the pages of another one as black and white images.

    The pixels depend on the version of the renderer, so the bytes are the same for one lock file only.
    """
    dice = np.random.default_rng(20260105)
    pages = [_scan(page, dice) for page in pdfium.PdfDocument(pdf)]
    stream = io.BytesIO()
    pages[0].save(
        stream,
        "PDF",
        resolution=_DOTS_PER_INCH,
        save_all=True,
        append_images=pages[1:],
        creationDate=_MADE,
        modDate=_MADE,
    )
    return stream.getvalue()


def _scan(page: pdfium.PdfPage, dice: np.random.Generator) -> Image.Image:
    grey = page.render(scale=_DOTS_PER_INCH / 72, grayscale=True).to_pil().convert("L")
    turned = grey.rotate(_TURN_DEGREES, resample=Image.Resampling.BILINEAR, fillcolor=255)
    pixels = np.asarray(turned).copy()
    pixels[dice.random(pixels.shape) < _SPECKS] = 0
    return Image.fromarray(pixels).point(lambda level: 255 if level > 150 else 0).convert("1", dither=Image.Dither.NONE)
