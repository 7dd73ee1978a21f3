"""Your own sentences with a tag for each word: CoNLL columns, or JSON objects with words and tags or text and spans."""

import logging
import re
from functools import partial

from seqtasks.corpora.columns import column, distinct, wrong_width
from seqtasks.corpora.reading import faults, read_json_lines, read_lines, refuse
from seqtasks.corpora.spans import words_and_tags
from seqtasks.corpora.split_names import plain_name
from seqtasks.errors import CorpusError, did_you_mean, one_of
from seqtasks.tags import OUTSIDE, UNNAMED, as_entities, entities, fault, schemes_with, to_tags

_log = logging.getLogger("seqtasks")

_SETTINGS = ("words", "tags")
_BEGINNING_OF_DOCUMENT = "-DOCSTART-"


def read_tagged(files, *, words=None, tags=None):
    """Returns the rows of `{split: path}` by split, tags of entities in iob2 whatever of `tags.SCHEMES` they came in.

    A `.jsonl` file has an object a line, with `words` and `tags` (or keys of other names), or with `text` and `spans`
    as [first, end, type] in characters (see `spans.words_and_tags`). Any other file has a word a line and a blank line
    after a sentence; `words` and `tags` are columns from 1, the first and the last unless told, with tabs in between
    where the first line has one, else spaces. Lines that begin with -DOCSTART- are dropped.

    Raises CorpusError with `file:line`, for tags that are illegal in the scheme that fits best too.
    """
    sentences = {}
    for split, path in files.items():
        read = _objects if plain_name(path.name).endswith(".jsonl") else _columns
        problems = []
        sentences[split] = list(read(path, words, tags, problems))
        for sentence in sentences[split]:
            problems += sentence_faults(*sentence)
        refuse(problems)
        if not sentences[split]:
            raise CorpusError(f"{path} has no sentence; it must hold words with their tags")
    return in_iob2(sentences)


def in_iob2(sentences):
    """Returns rows by split from `{split: [(words, tags, place), ...]}`; `place` tells where the tag of a word stands.

    The form and the scheme are told from all splits together, see `tags.as_entities`. Raises CorpusError for tags that
    are illegal in the scheme that fits best, and for those that mark no entity where others do.
    """
    every = [sentence for of_split in sentences.values() for sentence in of_split]
    written = {tag for _, tags, _ in every for tag in tags}
    marked = as_entities(written)
    if not marked:
        _log_classes(written)
    else:
        refuse(_unmarked(every, marked))
        if any(len(tag) == 1 and mark != OUTSIDE for tag, mark in marked.items()):
            _log.info("the tags have no types: all entities are of one, %s", UNNAMED)
        refuse(_faults(every, marked))
    return {
        split: [{"words": words, "tags": _converted(tags, marked)} for words, tags, _ in of_split]
        for split, of_split in sentences.items()
    }


def _log_classes(tags):
    if OUTSIDE in tags and len(tags) > 1:
        _log.warning(
            "each tag is read as a class of its own, such as a part of speech, though %s is among them; entities are "
            "tagged B-PER, I-PER and O",
            OUTSIDE,
        )


def _unmarked(sentences, marked):
    example = next((tag for tag, mark in sorted(marked.items()) if mark != OUTSIDE), OUTSIDE)
    return [
        f"{place(number)}: '{tag}' is no tag of an entity, such as B-PER, I-PER or O, but '{example}' is; write all "
        "tags so, or all without such marks"
        for _, tags, place in sentences
        for number, tag in enumerate(tags)
        if tag not in marked
    ]


def sentence_faults(words, tags, place):
    """Returns what is wrong with the words and tags of a sentence, apart from the scheme of the tags."""
    found = []
    if all(" ".join(side).split() == list(side) and not faults([" ".join(side)], "", "") for side in (words, tags)):
        return found
    for number, (word, tag) in enumerate(zip(words, tags, strict=True)):
        wrong = faults([word], place(number), "the word") or faults([tag], place(number), "the tag")
        for what, text in () if wrong else (("word", word), ("tag", tag)):
            if len(text.split()) > 1 or text != text.strip():
                wrong.append(f"{place(number)}: the {what} '{text}' has a blank in it; write one word a line")
        found += wrong
    return found


def _converted(tags, marked):
    if not marked:
        return tags
    return tuple(to_tags(entities([marked[tag] for tag in tags]), len(tags)))


def _faults(sentences, marked):
    """Returns what is wrong with the tags in the scheme that fits best."""
    found = []
    for scheme in schemes_with(marked.values()):
        wrong = ((place, fault([marked[tag] for tag in tags], scheme, written=tags)) for _, tags, place in sentences)
        found.append([f"{place(one[0])}: {one[1]}; mend the tags" for place, one in wrong if one is not None])
        if not found[-1]:
            break
    return min(found, key=len)


def _columns(path, words, tags, problems):
    """Yields (words, tags, place) of the sentences in a file of columns."""
    first = places = None
    sentence = []
    for number, line in enumerate([*read_lines(path), ""], start=1):
        if not line.strip() or line.startswith(_BEGINNING_OF_DOCUMENT):
            if sentence:
                yield *zip(*sentence, strict=True), partial(_line, path, number - len(sentence))
            sentence = []
            continue
        if first is None:
            tabbed = "\t" in line
        fields = line.split("\t") if tabbed else re.split(" +", line.strip(" "))
        if first is None:
            first = fields
            names = distinct(path, (words or 1, tags or len(first)), _SETTINGS)
            places = [column(name, first, _SETTINGS, header=False, place=f"{path}:{number}") for name in names]
        if len(fields) == len(first):
            sentence.append(tuple(fields[place] for place in places))
        else:
            separated = "tab-separated" if tabbed else "space-separated"
            problems.append(f"{path}:{number}: {wrong_width(fields, first, separated)}")
            sentence = []


def _line(path, first, place):
    return f"{path}:{first + place}"


def _objects(path, words, tags, problems):
    """Yields (words, tags, place) of the sentences in a file with a JSON object a line."""
    keys = str(words or "words"), str(tags or "tags")
    for number, record in read_json_lines(path, keys, problems):
        place = partial(_word, f"{path}:{number}")
        try:
            yield *_sentence(record, keys), place
        except ValueError as error:
            problems.append(f"{path}:{number}: {error}")


def _word(line, place):
    return f"{line}: word {place + 1}"


def _sentence(record, keys):
    if keys[0] not in record and "text" in record and "spans" in record:
        return words_and_tags(record["text"], record["spans"])
    for key in keys:
        if key not in record:
            raise ValueError(
                f"no key '{key}'; it has {one_of(record)}, and {one_of(keys)} or text, spans are expected; give "
                f"corpus.words and corpus.tags.{did_you_mean(key, record)}"
            )
    words, tags = (record[key] for key in keys)
    for key, found in zip(keys, (words, tags), strict=True):
        if not isinstance(found, list) or not found or not all(isinstance(one, str) for one in found):
            raise ValueError(f"'{key}' must be a list of one or more strings")
    if len(words) != len(tags):
        raise ValueError(f"{len(words)} {keys[0]}, but {len(tags)} {keys[1]}; each word needs one")
    return tuple(words), tuple(tags)
