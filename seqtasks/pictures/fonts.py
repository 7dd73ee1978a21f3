"""Chooses installed fonts that have the characters of a picture.

matplotlib draws with a font of its own that has no Chinese, Japanese or Korean characters, and none of many other
scripts. The fonts of the system often have them; the font files themselves are asked.
"""

import functools
import logging
import unicodedata

BASE = "DejaVu Sans"
# It claims every character and draws a numbered box for each.
_PLACEHOLDER = "Last Resort High-Efficiency"

logger = logging.getLogger("seqtasks")


def families_for(text):
    """Returns the font families to draw `text` with, in the order they are tried for each character.

    Warns once on the "seqtasks" logger, naming the characters, if no installed font has them.
    """
    drawn = _drawn(text)
    missing = drawn - covered_by(regular_faces()[BASE], drawn)
    families = [BASE]
    if missing:
        _add_fonts_installed_since_the_cache()
    faces = regular_faces()
    while missing:
        family, covered = _best_family(faces, missing)
        if not covered:
            _warn(missing)
            break
        families.append(family)
        missing -= covered
    return families


def _drawn(text):
    """Returns the characters of `text` that need a glyph of their own."""
    return {
        character
        for character in text
        if unicodedata.category(character) != "Cf" and not "\ufe00" <= character <= "\ufe0f"
    }


def _best_family(faces, missing):
    """Returns the family that covers most of the `missing` characters, and those characters."""
    region = _region(missing)
    chosen, most = None, set()
    for family in sorted(faces, key=lambda name: _rank(name, region)):
        covered = covered_by(faces[family], missing)
        if len(covered) > len(most):
            chosen, most = family, covered
    return chosen, most


def _region(characters):
    """Returns the ending of the family names whose Han characters have the shapes that readers of the text expect."""
    names = " ".join(unicodedata.name(character, "") for character in characters)
    return "JP" if "HIRAGANA" in names or "KATAKANA" in names else "KR" if "HANGUL" in names else "SC"


def _rank(family, region):
    return ("Serif" in family or "Mono" in family, not family.endswith(region), family)


def covered_by(file, characters):
    from matplotlib.font_manager import get_font

    try:
        font = get_font(file)
    except (OSError, RuntimeError):
        return set()
    return {character for character in characters if font.get_char_index(ord(character))} if font.scalable else set()


def regular_faces():
    """Returns the font file of the most regular upright face of each installed family."""
    from matplotlib.font_manager import fontManager

    upright = (face for face in fontManager.ttflist if face.style == "normal" and face.name != _PLACEHOLDER)
    nearest_last = sorted(upright, key=lambda face: (face.stretch == "normal", -abs(_weight(face) - 400)))
    return {face.name: face.fname for face in nearest_last}


def _weight(face):
    return face.weight if isinstance(face.weight, int) else 400


@functools.lru_cache(maxsize=1)
def _add_fonts_installed_since_the_cache():
    """Adds fonts that are newer than matplotlib's list of fonts, which it keeps on disk."""
    from matplotlib.font_manager import findSystemFonts, fontManager

    known = {face.fname for face in fontManager.ttflist}
    for file in sorted(set(findSystemFonts()) - known):
        try:
            fontManager.addfont(file)
        except (OSError, RuntimeError, UnicodeError):
            continue


def _warn(missing):
    characters = sorted(missing)
    named = " ".join(f"{character} (U+{ord(character):04X})" for character in characters[:8])
    more = f" and {len(characters) - 8} more" if len(characters) > 8 else ""
    logger.warning(
        "No installed font can draw %s%s, so the picture shows boxes there. Install a font that has them, "
        "such as Noto Sans CJK, or write .svg or .html instead.",
        named,
        more,
    )
