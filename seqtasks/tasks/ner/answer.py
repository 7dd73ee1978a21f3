"""The answers of the ner task: a tag for each word, and the entities that the tags mark."""

from dataclasses import dataclass

import numpy as np

from seqtasks.pictures import notebook
from seqtasks.pictures.attention.table import AttentionTable
from seqtasks.tasks import answer
from seqtasks.tasks.answer import Answer, decoded, kind_of
from seqtasks.text.tags import entities

_SEPARATORS = str.maketrans({"\t": r"\t", "\n": r"\n", "\r": r"\r"})


@dataclass(frozen=True)
class Tagging(Answer):
    """An Answer about the words of a text.

    Its `text` is the input with its entities in brackets, "[PER Ada] wrote it", or, for tags that mark no entities, the
    words with their tags, "Ada_NNP wrote_VBD it_PRP". Its score is the mean log probability of the tags.

    Attributes:
        words, tags, probabilities: one of each for each word; the probability of its tag given the whole sentence.
        entities: ({"type", "text", "begin", "end", "probability"}, ...), places in characters of the input; the
            probability is that of the least likely tag.
    """

    words: tuple
    tags: tuple
    probabilities: tuple
    entities: tuple

    def details(self):
        return {"entities": list(self.entities), "words": list(self.words), "tags": list(self.tags)}

    def _shown(self):
        if self.text and self.text == _with_tags(self.words, self.tags):
            text, found, place = " ".join(self.words), [], 0
            for word, tag, probability in zip(self.words, self.tags, self.probabilities, strict=True):
                found.append((place, place + len(word), tag, f"{probability:.0%}"))
                place += len(word) + 1
        else:
            text, found = self.text, []
            for one in self.entities:
                begin, end = one["begin"], one["end"]
                # What stands before it is the input again.
                text = f"{text[:begin]}{text[begin + len(one['type']) + 2 :]}"
                text = f"{text[:end]}{text[end + 1 :]}"
                found.append((begin, end, one["type"], f"{one['probability']:.0%}"))
        return [notebook.paragraph(notebook.spans(text, found), style="line-height: 2.2; font-size: 1.1em")]

    def conll(self):
        """Returns one line for each word: word, tab, tag; tabs and line ends inside a word are escaped."""
        words = (word.translate(_SEPARATORS) for word in self.words)
        return "".join(f"{word}\t{tag}\n" for word, tag in zip(words, self.tags, strict=True))


def _with_tags(words, tags):
    return " ".join(map("_".join, zip(words, tags, strict=True)))


def tagging(string, words, tags, begins, ends, probabilities, *, unknown):
    """Makes a Tagging from the columns of a string, one entry for each word, and its share of unknown words."""
    try:
        found = entities(tags)
    except ValueError:
        found = None
    named, text, place = [], "", 0
    for kind, first, end in found or ():
        begin, stop = begins[first], ends[end - 1]
        likely = round(float(min(probabilities[first:end])), 4)
        named.append({"type": kind, "text": string[begin:stop], "begin": begin, "end": stop, "probability": likely})
        text += f"{string[place:begin]}[{kind} {string[begin:stop]}]"
        place = stop
    text = text + string[place:] if found is not None else _with_tags(words, tags)
    score = float(np.mean(np.log(np.maximum(probabilities, 1e-30)))) if words else 0.0
    return Tagging(
        text=text if words else "",
        score=score,
        alternatives=((text if words else "", score),),
        cut=False,
        unknown=unknown,
        words=tuple(words),
        tags=tuple(tags),
        probabilities=tuple(probabilities),
        entities=tuple(named),
    )


class Reader(answer.Reader):
    """Reads words, their tags and places. Raw text is split into words; `tokenized` text is split at spaces only."""

    options = ("tokenized",)

    def input_of(self, row):
        return " ".join(row["words"])

    def answers(self, inputs, found, **_):
        answers = []
        for i, string in enumerate(inputs):
            words = [decoded(word) for word in found["words"][i]]
            words = words[: words.index("")] if "" in words else words
            columns = [
                [kind(value) for value in found[name][i][: len(words)]]
                for name, kind in (("tags", decoded), ("begins", int), ("ends", int), ("probabilities", float))
            ]
            answers.append(tagging(string, words, *columns, unknown=float(found["unknown"][i])))
        return answers

    def explanation(self, one, found):
        (answer,) = self.answers([one], found)
        count = len(answer.words)
        return AttentionTable(
            kind=kind_of(found, "saliency"),
            columns=answer.words,
            rows=tuple(f"{word} {tag}" for word, tag in zip(answer.words, answer.tags, strict=True)),
            weights=np.asarray(found["weights"][0])[:count, :count],
            source=one,
            prediction=answer.text,
        )
