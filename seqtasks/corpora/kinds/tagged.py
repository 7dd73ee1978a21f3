"""Your own sentences with a tag for each word: CoNLL columns, or JSON objects with words and tags or text and spans."""

import logging
from functools import partial

from seqtasks.corpora.faults import collecting, text_faults
from seqtasks.corpora.kinds.conll import read_columns
from seqtasks.corpora.kinds.spans import words_and_tags
from seqtasks.corpora.sources.reading import read_json_lines
from seqtasks.corpora.sources.split_names import plain_name
from seqtasks.errors import CorpusError, did_you_mean, one_of
from seqtasks.text.tags import OUTSIDE, UNNAMED, as_entities, entities, fault, schemes_with, to_tags

_log = logging.getLogger("seqtasks")


def read_tagged(files, *, words=None, tags=None, faults=None, known=()):
    """Returns the rows of `{split: path}` by split, tags of entities in iob2 whatever of `tags.SCHEMES` they came in.

    A `.jsonl` file has an object a line, with `words` and `tags` (or keys of other names), or with `text` and `spans`
    as [first, end, type] in characters (see `spans.words_and_tags`). Any other file has a word a line and a blank line
    after a sentence; `words` and `tags` are columns from 1, the first and the last unless told, with tabs in between
    where the first line has one, else spaces. Lines that begin with -DOCSTART-, comments (see `conll.read_columns`) and
    blanks at the ends of words and tags are dropped.

    Raises CorpusError with `file:line`, for tags that are illegal in the scheme that fits best too, and for tags that
    are not `known`, where it is told which are.
    """
    objects = {split for split, path in files.items() if plain_name(path.name).endswith(".jsonl")}
    with collecting(faults) as faults:
        tables = {split: path for split, path in files.items() if split not in objects}
        found = read_columns(tables, words, tags, faults=faults, known=known)
        found |= {split: _objects(files[split], words, tags, faults) for split in objects}
        sentences = {}
        for split, path in files.items():
            sentences[split] = [kept for sentence in found[split] if (kept := checked(*sentence, faults))]
            if not sentences[split] and not faults.messages:
                raise CorpusError(f"{path} has no sentence; it must hold words with their tags")
        return in_iob2(sentences, faults, known=known)


def in_iob2(sentences, faults, *, known=()):
    """Returns rows by split from `{split: [(words, tags, place), ...]}`; `place` tells where the tag of a word stands.

    The form and the scheme are told from all splits together, see `tags.as_entities`. Sentences whose tags are illegal
    in the scheme that fits best, or mark no entity where others do, are added to the `faults`; tags that are not
    `known`, where any are, are rejected.
    """
    faults.refuse()
    # Tags of entities are known in iob2; others that are known are classes, whatever they look like.
    are_classes = bool(known) and as_entities(known) != {tag: tag for tag in known}
    written = {tag for _, tags, _ in _every(sentences) for tag in tags}
    marked = {} if are_classes else as_entities(written)
    if marked:
        sentences = _without(sentences, partial(_unmarked, marked), faults)
        sentences = _without(sentences, partial(_illegal, marked, _scheme(sentences, marked)), faults)
    _log_form(written, marked, known)
    rows = {
        split: [{"words": words, "tags": _converted(tags, marked)} for words, tags, _ in of_split]
        for split, of_split in sentences.items()
    }
    if known:
        _reject_unknown(sentences, rows, known, faults)
    return rows


def checked(words, tags, place, faults):
    """Returns a sentence, with no blanks at the ends of its words and tags, or None for one that is faulty."""
    words, tags = (tuple(one.strip() for one in side) for side in (words, tags))
    if any(" ".join(side).split() != list(side) or text_faults([" ".join(side)], "", "") for side in (words, tags)):
        found = []
        for number, (word, tag) in enumerate(zip(words, tags, strict=True)):
            wrong = text_faults([word], place(number), "the word") or text_faults([tag], place(number), "the tag")
            for what, text in () if wrong else (("word", word), ("tag", tag)):
                if len(text.split()) > 1:
                    wrong.append(f"{place(number)}: the {what} '{text}' has a blank in it; write one word a line")
            found += [(place(number), one) for one in wrong]
        faults.add(found[0][0], *(message for _, message in found))
        return None
    return words, tags, place


def _every(by_split):
    return (one for of_split in by_split.values() for one in of_split)


def _converted(tags, marked):
    return tuple(to_tags(entities([marked[tag] for tag in tags]), len(tags))) if marked else tags


def _reject_unknown(sentences, rows, known, faults):
    for (_, written, place), row in zip(_every(sentences), _every(rows), strict=True):
        for number, tag in enumerate(row["tags"]):
            if tag not in known:
                faults.reject(
                    f"{place(number)}: tagged '{written[number]}', which the run does not know; its tags are "
                    f"{one_of(known)}.{did_you_mean(tag, known)}"
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
    _, tags, place = sentence
    example = next((tag for tag, mark in sorted(marked.items()) if mark != OUTSIDE), OUTSIDE)
    return [
        (
            place(number),
            f"'{tag}' is no tag of an entity, such as B-PER, I-PER or O, but '{example}' is; write all tags so, or all "
            "without such marks",
        )
        for number, tag in enumerate(tags)
        if tag not in marked
    ]


def _illegal(marked, scheme, sentence):
    _, tags, place = sentence
    found = fault([marked[tag] for tag in tags], scheme, written=tags)
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
