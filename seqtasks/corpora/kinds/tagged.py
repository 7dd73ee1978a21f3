"""Tagged text: sentences with a tag for each word, in CoNLL columns or JSON objects."""

import logging
from collections import Counter
from functools import partial

from seqtasks.corpora.faults import collecting, text_faults
from seqtasks.corpora.kinds.conll import read_columns
from seqtasks.corpora.kinds.kind import Column, Kind
from seqtasks.corpora.kinds.spans import words_and_tags
from seqtasks.corpora.sources.reading import read_json_lines
from seqtasks.corpora.sources.split_names import plain_name
from seqtasks.errors import CorpusError, did_you_mean, listing
from seqtasks.text.tags import OUTSIDE, UNNAMED, as_entities, entities, fault, schemes_with, split_tag, to_tags

_log = logging.getLogger("seqtasks")


class Tagged(Kind):
    """Rows `{"words": (str, ...), "tags": (str, ...)}`, one tag a word.

    Tags of entities are iob2, whatever of `tags.SCHEMES` they came in; others, such as parts of speech, are classes.
    """

    name = "tagged"
    what = "tagged text"
    parts = {"words": tuple, "tags": tuple}
    columns = {
        "words": Column(("words", "tokens"), sequence=True),
        "tags": Column(("tags", "ner"), classes=True, sequence=True),
    }
    held_out = {"dev": 2000, "test": 2000}
    forms = "a word with its tag on a line, a blank line after a sentence; .jsonl: words and tags, or spans"
    inputs, outputs = "sentences", "tag sequences"
    answers_file = ("tags.json", "tags")
    several_lines = True

    def input(self, row):
        return " ".join(row["words"])

    def classes(self, row):
        return set(row["tags"])

    def texts(self, row):
        return {"sentence": (self.input(row),)}

    def faults_of(self, row, place):
        """Returns what is wrong with a row, where `place` is a function from the number of a word; see `Kind`."""
        joined = [(side, " ".join(side)) for side in row.values()]
        if all(text.split() == list(side) and not text_faults([text], "", "") for side, text in joined):
            return []
        found = []
        for number, (word, tag) in enumerate(zip(row["words"], row["tags"], strict=True)):
            here = place(number)
            wrong = text_faults([word], here, "the word") or text_faults([tag], here, "the tag")
            for what, text in () if wrong else (("word", word), ("tag", tag)):
                if len(text.split()) > 1:
                    wrong.append(f"{here}: the {what} '{text}' has a blank in it; write one word a line")
            found += [(here, message) for message in wrong]
        return found

    def labels(self, row):
        return set(row["tags"])

    def shown(self, row):
        pairs = zip(row["words"], row["tags"], strict=True)
        return " ".join(word if tag == OUTSIDE else f"{word}/{tag}" for word, tag in pairs)

    def read_file(self, path, *, faults=None, known=(), **columns):
        """Returns the rows of one file alone; see `read_files`."""
        return self.read_files({"": path}, faults=faults, known=known, **columns)[""]

    def read_files(self, paths, *, words=None, tags=None, faults=None, known=()):
        """Returns {key: rows} of {key: path}; the scheme of the tags is told from all files together.

        A `.jsonl` file has an object a line, with `words` and `tags` (or keys of other names), or with `text` and
        `spans` as [first, end, type] in characters (see `spans.words_and_tags`). Any other file has a word a line and a
        blank line after a sentence; `words` and `tags` are columns from 1, by default the first and the last, with tabs
        in between where the first line has one, else spaces. Lines that begin with -DOCSTART-, comments (see
        `conll.read_columns`) and blanks at the ends of words and tags are dropped.

        Raises CorpusError with `file:line`, for tags that are illegal in the scheme that fits best too; see
        `Kind.read_file`.
        """
        objects = {key for key, path in paths.items() if plain_name(path.name).endswith(".jsonl")}
        with collecting(faults) as faults:
            tables = {key: path for key, path in paths.items() if key not in objects}
            found = read_columns(tables, words, tags, faults=faults, known=known)
            found |= {key: _objects(paths[key], words, tags, faults) for key in objects}
            sentences = {}
            for key, path in paths.items():
                sentences[key] = list(self.sound(map(_stripped, found[key]), faults))
                if not sentences[key] and not faults.messages:
                    raise CorpusError(f"{path} has no sentence; it must hold words with their tags")
            return in_iob2(sentences, faults, known=known)

    def from_dataset(self, name, splits, faults):
        sentences = {}
        for split, rows in super().from_dataset(name, splits, faults).items():
            sentences[split] = []
            for number, row in enumerate(rows, start=1):
                here, counts = f"{name}: row {number:,} of {split}", [len(side) for side in row.values()]
                if counts[0] != counts[1]:
                    faults.add(here, f"{here}: {counts[0]} words, but {counts[1]} tags; each word needs one")
                    continue
                sentence = (*row.values(), partial(_word, here))
                sentences[split] += self.sound([_stripped(sentence)], faults)
        return in_iob2(sentences, faults)

    def count_classes(self, rows):
        """Returns the Counter of entities by type, or of words by tag where tags are classes of their own."""
        try:
            for tag in {tag for row in rows for tag in row["tags"]}:
                split_tag(tag)
        except ValueError:
            return Counter(tag for row in rows for tag in row["tags"])
        return Counter(kind for row in rows for kind, _, _ in entities(row["tags"]))


def in_iob2(sentences, faults, *, known=()):
    """Returns {key: rows} of {key: [(row, place), ...]}, where `place` is a function from a word to where it stands.

    The form and the scheme are told from all rows together, see `tags.as_entities`. Sentences whose tags are illegal
    in the scheme that fits best, or mark no entity where others do, are added to the `faults`; tags that are not
    `known`, where any are, are rejected.
    """
    faults.refuse()
    # Tags of entities are known in iob2; others that are known are classes, whatever they look like.
    are_classes = bool(known) and as_entities(known) != {tag: tag for tag in known}
    written = {tag for row, _ in _every(sentences) for tag in row["tags"]}
    marked = {} if are_classes else as_entities(written)
    if marked:
        sentences = _without(sentences, partial(_unmarked, marked), faults)
        sentences = _without(sentences, partial(_illegal, marked, _scheme(sentences, marked)), faults)
    _log_form(written, marked, known)
    rows = {
        split: [{**row, "tags": _converted(row["tags"], marked)} for row, _ in of_split]
        for split, of_split in sentences.items()
    }
    if known:
        _reject_unknown(sentences, rows, known, faults)
    return rows


def _stripped(sentence):
    """Returns the row and the place of (words, tags, place), with no blanks at the ends of words and tags."""
    words, tags, place = sentence
    return {"words": tuple(word.strip() for word in words), "tags": tuple(tag.strip() for tag in tags)}, place


def _every(by_split):
    return (one for of_split in by_split.values() for one in of_split)


def _converted(tags, marked):
    return tuple(to_tags(entities([marked[tag] for tag in tags]), len(tags))) if marked else tags


def _reject_unknown(sentences, rows, known, faults):
    for (written, place), row in zip(_every(sentences), _every(rows), strict=True):
        for number, tag in enumerate(row["tags"]):
            if tag not in known:
                faults.reject(
                    f"{place(number)}: tagged '{written['tags'][number]}', which the run does not know; its tags are "
                    f"{listing(known)}.{did_you_mean(tag, known)}"
                )
    faults.refuse()


def _without(sentences, wrong_with, faults):
    """Returns the sentences that are right; `wrong_with` finds the places and messages of what is wrong with one."""
    kept = {split: [] for split in sentences}
    for split, of_split in sentences.items():
        for sentence in of_split:
            if wrong := wrong_with(sentence):
                faults.add(wrong[0][0], *(f"{place}: {message}" for place, message in wrong))
            else:
                kept[split].append(sentence)
    faults.refuse()
    return kept


def _log_form(written, marked, known):
    """Says how tags are read that may have been meant otherwise."""
    if any(len(tag) == 1 and mark != OUTSIDE for tag, mark in marked.items()):
        _log.info("the tags have no types: all entities are of one, %s", UNNAMED)
    if not marked and not known and OUTSIDE in written and len(written) > 1:
        _log.warning(
            "each tag is read as a class of its own, such as a part of speech, though %s is among them; entities are "
            "tagged B-PER, I-PER and O",
            OUTSIDE,
        )


def _unmarked(marked, sentence):
    row, place = sentence
    example = next((tag for tag, mark in sorted(marked.items()) if mark != OUTSIDE), OUTSIDE)
    return [
        (
            place(number),
            f"'{tag}' is no tag of an entity, such as B-PER, I-PER or O, but '{example}' is; write all tags so, or all "
            "without such marks",
        )
        for number, tag in enumerate(row["tags"])
        if tag not in marked
    ]


def _illegal(marked, scheme, sentence):
    row, place = sentence
    found = fault([marked[tag] for tag in row["tags"]], scheme, written=row["tags"])
    return [] if found is None else [(place(found[0]), f"{found[1]}; mend the tags")]


def _scheme(sentences, marked):
    """Returns the scheme that the fewest sentences are illegal in."""
    wrong = {}
    for scheme in schemes_with(marked.values()):
        wrong[scheme] = sum(bool(_illegal(marked, scheme, sentence)) for sentence in _every(sentences))
        if not wrong[scheme]:
            break
    return min(wrong, key=wrong.get)


def _objects(path, words, tags, faults):
    """Yields (words, tags, place) of the sentences in a file with a JSON object a line."""
    keys = str(words or "words"), str(tags or "tags")
    for number, record in read_json_lines(path, keys, faults):
        place = partial(_word, f"{path}:{number}")
        try:
            yield *_sentence(record, keys), place
        except ValueError as error:
            faults.add(f"{path}:{number}", f"{path}:{number}: {error}")


def _word(line, place):
    return f"{line}: word {place + 1}"


def _sentence(record, keys):
    if keys[0] not in record and "text" in record and "spans" in record:
        return words_and_tags(record["text"], record["spans"])
    for key in keys:
        if key not in record:
            raise ValueError(
                f"no key '{key}'; it has {listing(record)}, and {listing(keys)} or text, spans are expected; give "
                f"corpus.words and corpus.tags.{did_you_mean(key, record)}"
            )
    words, tags = (record[key] for key in keys)
    for key, found in zip(keys, (words, tags), strict=True):
        if not isinstance(found, list) or not found or not all(isinstance(one, str) for one in found):
            raise ValueError(f"'{key}' must be a list of one or more strings")
    if len(words) != len(tags):
        raise ValueError(f"{len(words)} {keys[0]}, but {len(tags)} {keys[1]}; each word needs one")
    return tuple(words), tuple(tags)
