"""Whether all that a picture says has its room: measured by the press, in its letters and in wider ones."""

import json
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from itertools import combinations

import typst

SVG = "{http://www.w3.org/2000/svg}"
FONTS = ("Libertinus Serif", "DejaVu Sans Mono")  # of the press; as wide as any that a browser takes
UP, DOWN = 0.7, 0.22  # of their size letters stand above the line they are written on, and below
MEASURE = b"""
#context [#metadata(json(bytes(sys.inputs.words)).map(one => measure(
  text(font: sys.inputs.font, size: one.size * 1pt, one.words)).width.pt())) <widths>]
"""


@dataclass(frozen=True)
class Box:
    """What something covers, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        beside = self.right <= other.left or other.right <= self.left
        return not (beside or self.bottom <= other.top or other.bottom <= self.top)


def need_room(svg: bytes, font: str) -> None:
    """Every word within the picture, none on another, on a bar or on a line of the axis."""
    picture = ET.fromstring(svg)
    said = texts(picture, font)
    wide, high = (float(picture.attrib[name]) for name in ("width", "height"))
    lines = [line(one.attrib) for one in picture.iter(f"{SVG}line")]
    bars = [bar(one.attrib) for one in [*picture.iter(f"{SVG}rect")][1:]]

    cut = [box for box in said if box.left < 0 or box.top < 0 or box.right > wide or box.bottom > high]
    assert not cut
    assert not [(a, b) for a in said for b in lines + bars if a.meets(b)]
    assert not [pair for pair in combinations(said, 2) if pair[0].meets(pair[1])]


def texts(picture: ET.Element, font: str) -> list[Box]:
    """What each text covers when it is set in this font."""
    every = [(one.attrib, one.text or "") for one in picture.iter(f"{SVG}text")]
    asked = json.dumps([{"words": words, "size": float(at["font-size"])} for at, words in every])
    found = typst.query(
        MEASURE,
        "<widths>",
        field="value",
        one=True,
        ignore_system_fonts=True,
        sys_inputs={"words": asked, "font": font},
    )
    boxes = []
    for (at, _), width in zip(every, json.loads(found), strict=True):
        x, y, size = (float(at[name]) for name in ("x", "y", "font-size"))
        left = x - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[at["text-anchor"]]
        boxes.append(Box(left, y - UP * size, left + width, y + DOWN * size))
    return boxes


def line(at: dict[str, str]) -> Box:
    """What a line covers, that is one pixel wide."""
    x1, y1, x2, y2 = (float(at[name]) for name in ("x1", "y1", "x2", "y2"))
    return Box(x1 - 0.5, y1 - 0.5, x2 + 0.5, y2 + 0.5)


def bar(at: dict[str, str]) -> Box:
    """What a bar covers."""
    x, y, wide, high = (float(at[name]) for name in ("x", "y", "width", "height"))
    return Box(x, y, x + wide, y + high)
