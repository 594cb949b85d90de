"""Draws a PDF page twice, with and without its text, to see what the text changes."""

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
import pypdfium2.raw as raw
from numpy.typing import NDArray

from pipeline.documents.pdf_library import Calls
from pipeline.documents.pdf_shapes import Box
from pipeline.documents.pdf_words import PageFrame

_SCALE = 2.0
"""Pixels for each point; at 144 dpi the stems of 6-point letters still fill a pixel."""
_MOST_PIXELS = 12_000_000
_LINEAR = np.array(
    [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in np.arange(256) / 255]
)


def shown_contrasts(
    boxes: Sequence[Box], text_objects: Sequence[int], *, calls: Calls, page: Any, frame: PageFrame
) -> list[float]:
    """Return for each box the greatest luminance contrast that the page's text makes inside it."""
    width, height = frame.size
    left = max(0.0, min(box[0] for box in boxes))
    top = max(0.0, min(box[1] for box in boxes))
    right = min(width, max(box[2] for box in boxes))
    bottom = min(height, max(box[3] for box in boxes))
    if right <= left or bottom <= top:
        return [1.0] * len(boxes)
    scale = min(_SCALE, (_MOST_PIXELS / ((right - left) * (bottom - top))) ** 0.5)
    area = (left, top, right, bottom)
    with_text = _luminance(page, area, scale=scale, frame=frame)
    for handle in text_objects:
        calls.set_active(handle, 0)
    without = _luminance(page, area, scale=scale, frame=frame)
    for handle in text_objects:
        calls.set_active(handle, 1)
    bright, dark = np.maximum(with_text, without) + 0.05, np.minimum(with_text, without) + 0.05
    ratios = bright / dark
    return [_greatest(ratios, box, left=left, top=top, scale=scale) for box in boxes]


def _greatest(ratios: NDArray[np.float64], box: Box, *, left: float, top: float, scale: float) -> float:
    part = ratios[
        max(0, int((box[1] - top) * scale)) : int((box[3] - top) * scale) + 1,
        max(0, int((box[0] - left) * scale)) : int((box[2] - left) * scale) + 1,
    ]
    # A high percentile, since the edge of a neighbour may reach into the box.
    return float(np.quantile(part, 0.97)) if part.size else 1.0


def _luminance(page: Any, area: Box, *, scale: float, frame: PageFrame) -> NDArray[np.float64]:
    left, top, right, bottom = area
    width, height = max(1, int((right - left) * scale)), max(1, int((bottom - top) * scale))
    bitmap = raw.FPDFBitmap_Create(width, height, 0)
    try:
        raw.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
        page_width, page_height = frame.size
        raw.FPDF_RenderPageBitmap(
            bitmap,
            page,
            int(-left * scale),
            int(-top * scale),
            int(page_width * scale),
            int(page_height * scale),
            frame.turn,
            0,
        )
        stride = raw.FPDFBitmap_GetStride(bitmap)
        buffer = ctypes.string_at(raw.FPDFBitmap_GetBuffer(bitmap), stride * height)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)
    pixels = np.frombuffer(buffer, dtype=np.uint8).reshape(height, stride)[:, : width * 4].reshape(height, width, 4)
    blue, green, red = (_LINEAR[pixels[:, :, channel]] for channel in range(3))
    return np.asarray(0.2126 * red + 0.7152 * green + 0.0722 * blue, dtype=np.float64)
