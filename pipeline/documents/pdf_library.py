"""Thin, typed calls into PDFium: the ones that are made for every character, without ctypes overhead."""

import ctypes
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

_POINTER = ctypes.c_void_p


def _fast(function: Any, result: Any, *arguments: Any) -> Any:
    """Return a call that takes plain addresses; a third of the time of the generated one."""
    return ctypes.PYFUNCTYPE(result, *arguments)(ctypes.cast(function, _POINTER).value or 0)


class Calls:
    """PDFium functions by short names; pointers are integers, structures are buffers."""

    def __init__(self) -> None:
        integer = ctypes.c_int
        self.character = _fast(raw.FPDFText_GetUnicode, ctypes.c_uint, _POINTER, integer)
        self.text_object = _fast(raw.FPDFText_GetTextObject, _POINTER, _POINTER, integer)
        self.loose_box = _fast(raw.FPDFText_GetLooseCharBox, integer, _POINTER, integer, _POINTER)
        self.origin = _fast(raw.FPDFText_GetCharOrigin, integer, _POINTER, integer, _POINTER, _POINTER)
        self.matrix = _fast(raw.FPDFText_GetMatrix, integer, _POINTER, integer, _POINTER)
        self.tight_box = _fast(
            raw.FPDFText_GetCharBox, integer, _POINTER, integer, _POINTER, _POINTER, _POINTER, _POINTER
        )
        self.font_size = _fast(raw.FPDFText_GetFontSize, ctypes.c_double, _POINTER, integer)
        self.render_mode = _fast(raw.FPDFTextObj_GetTextRenderMode, integer, _POINTER)
        self.font = _fast(raw.FPDFTextObj_GetFont, _POINTER, _POINTER)
        self.fill_colour = _fast(
            raw.FPDFPageObj_GetFillColor, integer, _POINTER, _POINTER, _POINTER, _POINTER, _POINTER
        )
        self.stroke_colour = _fast(
            raw.FPDFPageObj_GetStrokeColor, integer, _POINTER, _POINTER, _POINTER, _POINTER, _POINTER
        )
        self.font_name = _fast(raw.FPDFFont_GetBaseFontName, ctypes.c_size_t, _POINTER, _POINTER, ctypes.c_size_t)
        self.font_weight = _fast(raw.FPDFFont_GetWeight, integer, _POINTER)
        self.kind = _fast(raw.FPDFPageObj_GetType, integer, _POINTER)
        self.bounds = _fast(raw.FPDFPageObj_GetBounds, integer, _POINTER, _POINTER, _POINTER, _POINTER, _POINTER)
        self.object_matrix = _fast(raw.FPDFPageObj_GetMatrix, integer, _POINTER, _POINTER)
        self.has_transparency = _fast(raw.FPDFPageObj_HasTransparency, integer, _POINTER)
        self.set_active = _fast(raw.FPDFPageObj_SetIsActive, integer, _POINTER, integer)
        self.object_count = _fast(raw.FPDFPage_CountObjects, integer, _POINTER)
        self.object_at = _fast(raw.FPDFPage_GetObject, _POINTER, _POINTER, integer)
        self.inner_count = _fast(raw.FPDFFormObj_CountObjects, integer, _POINTER)
        self.inner_at = _fast(raw.FPDFFormObj_GetObject, _POINTER, _POINTER, ctypes.c_ulong)
        self.draw_mode = _fast(raw.FPDFPath_GetDrawMode, integer, _POINTER, _POINTER, _POINTER)
        self.segment_count = _fast(raw.FPDFPath_CountSegments, integer, _POINTER)
        self.segment_at = _fast(raw.FPDFPath_GetPathSegment, _POINTER, _POINTER, integer)
        self.segment_kind = _fast(raw.FPDFPathSegment_GetType, integer, _POINTER)
        self.segment_point = _fast(raw.FPDFPathSegment_GetPoint, integer, _POINTER, _POINTER, _POINTER)
        self.clip_path = _fast(raw.FPDFPageObj_GetClipPath, _POINTER, _POINTER)
        self.clip_count = _fast(raw.FPDFClipPath_CountPaths, integer, _POINTER)
        self.clip_segment_count = _fast(raw.FPDFClipPath_CountPathSegments, integer, _POINTER, integer)
        self.clip_segment_at = _fast(raw.FPDFClipPath_GetPathSegment, _POINTER, _POINTER, integer, integer)
        self.mark_count = _fast(raw.FPDFPageObj_CountMarks, integer, _POINTER)
        self.mark_at = _fast(raw.FPDFPageObj_GetMark, _POINTER, _POINTER, ctypes.c_ulong)
        self.mark_name = _fast(raw.FPDFPageObjMark_GetName, integer, _POINTER, _POINTER, ctypes.c_ulong, _POINTER)


def address(handle: Any) -> int:
    """Return the address behind a handle of the generated binding."""
    return ctypes.cast(handle, _POINTER).value or 0


def open_document(content: bytes) -> pdfium.PdfDocument:
    """Open a PDF in memory; raises `pdfium.PdfiumError`."""
    return pdfium.PdfDocument(content)
