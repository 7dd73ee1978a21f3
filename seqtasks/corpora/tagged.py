"""Your own sentences with a tag for each word: CoNLL columns, or JSON objects with words and tags or text and spans."""

import re
from functools import partial

from seqtasks.corpora.columns import column, distinct, wrong_width
from seqtasks.corpora.reading import faults, read_json_lines, read_lines, refuse
from seqtasks.corpora.spans import words_and_tags
from seqtasks.corpora.split_names import plain_name
from seqtasks.errors import CorpusError, did_you_mean, one_of
from seqtasks.tags import entities, fault, scheme_of, to_tags

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

    The scheme is told from all splits together. Raises CorpusError for tags that are illegal in the one that fits best.
    """
    every = [sentence for of_split in sentences.values() for sentence in of_split]
    try:
        scheme = scheme_of({tags for _, tags, _ in every})
    except ValueError:
        ends = any(tag.startswith(("E-", "S-")) for _, tags, _ in every for tag in tags)
        refuse(min((_faults(every, scheme) for scheme in (["iobes"] if ends else ["iob2", "iob1"])), key=len))
    converted = (lambda tags: tags) if scheme in ("iob2", "none") else _converted
    return {
        split: [{"words": words, "tags": converted(tags)} for words, tags, _ in of_split]
        for split, of_split in sentences.items()
    }


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


def _converted(tags):
    return tuple(to_tags(entities(tags), len(tags)))


def _faults(sentences, scheme):
    found = ((place, fault(tags, scheme)) for _, tags, place in sentences)
    return [f"{place(wrong[0])}: {wrong[1]}; mend the tags" for place, wrong in found if wrong is not None]


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
