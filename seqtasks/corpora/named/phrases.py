"""Made-up sentences about Python: idioms over names that dev and test never share with train.

In a wording, {a}, {b} and {c} are names, {n} is a number, {s} and {t} are strings, {v} is a value, {q} a condition, {d}
something to do. Bars stand between the wordings of an idiom.
"""

import hashlib
import random
import re

from seqtasks.corpora.corpus import Corpus
from seqtasks.grammar.python import python
from seqtasks.grammar.reading import read

LICENCE = "none needed: made by seqtasks"
ORIGIN = "drawn at random with the seed"
TRAIN, _HELD_OUT = 10_000, 1000
# A sentence that is in test: sort my_list in descending order.
_LECTURE = {"source": "sort my_list in descending order", "targets": ("sorted(my_list, reverse=True)",)}

_VALUES = {
    "sorted({v}, reverse=True)": "sort {v} in descending order|{v} sorted from largest to smallest",
    "sorted({v})": "sort {v} in ascending order|{v} sorted|a sorted copy of {v}",
    "sorted({v}, key=len)": "sort {v} by length|{v} sorted by length",
    "len({v})": "the length of {v}|the number of elements in {v}|how many items {v} has",
    "sum({v})": "the sum of {v}|the total of {v}",
    "max({v})": "the largest element of {v}|the maximum of {v}",
    "min({v})": "the smallest element of {v}|the minimum of {v}",
    "sum({a}) / len({a})": "the mean of {a}|the average of {a}",
    "{v}[0]": "the first element of {v}|the first of {v}",
    "{v}[-1]": "the last element of {v}|the last of {v}",
    "{v}[{n}]": "element {n} of {v}|the element of {v} at index {n}",
    "{v}[:{n}]": "the first {n} elements of {v}",
    "{v}[-{n}:]": "the last {n} elements of {v}",
    "{v}[::-1]": "{v} reversed|{v} backwards|the reverse of {v}",
    "{a}[{b}]": "the value of key {b} in {a}|look up {b} in {a}",
    "{a}.get({b}, {n})": "the value of {b} in {a}, or {n} if there is none",
    "{a}.{b}": "the attribute {b} of {a}|field {b} of {a}",
    "{a}.{b}({c})": "call method {b} of {a} with {c}",
    "{a}({b})": "call {a} with {b}|{a} of {b}",
    "{a}({b}, {c})": "call {a} with {b} and {c}",
    "{a}({b}={n})": "call {a} with {b} set to {n}",
    "set({v})": "the distinct elements of {v}|{v} without duplicates",
    "str({v})": "{v} as a string|convert {v} to a string",
    "int({v})": "{v} as an integer|convert {v} to an integer",
    "{v}.upper()": "{v} in upper case|{v} in capitals",
    "{v}.strip()": "{v} without surrounding spaces|strip {v}",
    "{v}.split({s})": "split {v} at {s}|the parts of {v} between {s}",
    "{s}.join({v})": "join {v} with {s}|the elements of {v} joined by {s}",
    "{v}.replace({s}, {t})": "replace {s} by {t} in {v}|{v} with {t} instead of {s}",
    "open({s})": "open the file {s}",
    "{a} + {b}": "{a} plus {b}|the sum of {a} and {b}|add {a} and {b}",
    "{a} - {b}": "{a} minus {b}|subtract {b} from {a}",
    "{a} * {n}": "{a} times {n}|multiply {a} by {n}",
    "{a} % {n}": "{a} modulo {n}|the remainder of {a} divided by {n}",
    "{a} ** 2": "the square of {a}|{a} squared",
    "[{c} for {c} in {a} if {c} > {n}]": "all {c} in {a} that are greater than {n}|the list of {c} in {a} above {n}",
    "[{c}.{b} for {c} in {a}]": "the {b} of each {c} in {a}|field {b} of every {c} in {a}",
    "dict(zip({a}, {b}))": "a dictionary from {a} to {b}|a dictionary of {a} and {b}",
    "{a} if {q} else {b}": "{a} if {q}, else {b}|{a} when {q} and otherwise {b}",
    "{a}, {b}": "the pair of {a} and {b}",
    "lambda {c}: {c}[{n}]": "a function of {c} that gives its element {n}",
}
_CONDITIONS = {
    "{a} > {n}": "{a} is greater than {n}|{a} exceeds {n}",
    "{a} < {n}": "{a} is less than {n}|{a} is below {n}",
    "{a} == {b}": "{a} equals {b}|{a} is equal to {b}",
    "{a} == {s}": "{a} is the string {s}",
    "{a} != {b}": "{a} differs from {b}|{a} is not equal to {b}",
    "{a} is None": "{a} is none|{a} is missing",
    "{a} is not None": "{a} is not none|{a} is given",
    "not {a}": "{a} is empty|{a} is false",
    "{a} in {b}": "{a} is in {b}|{b} contains {a}",
    "{a} not in {b}": "{a} is not in {b}|{b} lacks {a}",
    "{a} % {n} == 0": "{a} is divisible by {n}",
    "isinstance({a}, {b})": "{a} is an instance of {b}",
    "{a}.startswith({s})": "{a} starts with {s}",
    "{a} and {b}": "both {a} and {b} hold",
    "{a} or {b}": "either {a} or {b} holds",
}
_DEEDS = {
    "{b}.append({v})": "append {v} to {b}|add {v} to the end of {b}",
    "{b}.remove({a})": "remove {a} from {b}",
    "{a}.sort()": "sort {a} in place",
    "{a}.clear()": "empty {a}|remove everything from {a}",
    "{a}[{b}] = {v}": "store {v} in {a} under {b}",
    "{a} = {v}": "set {a} to {v}|let {a} be {v}|assign {v} to {a}",
    "{a} += {n}": "increase {a} by {n}|increment {a} by {n}",
    "{a} -= {n}": "decrease {a} by {n}",
    "{a}, {b} = {b}, {a}": "swap {a} and {b}|exchange {a} and {b}",
    "del {a}[{b}]": "delete key {b} from {a}",
    "print({v})": "print {v}|show {v}",
    "return {v}": "return {v}|give back {v}",
    "raise ValueError({s})": "raise a value error with the message {s}",
    "assert {q}": "make sure that {q}|check that {q}",
    "import {a} as {b}": "import {a} under the name {b}",
    "from {a} import {b}": "import {b} from {a}",
    "pass": "do nothing|pass",
    "{a} = []": "make {a} an empty list",
    "{a} = input({s})": "ask the user {s} and store the answer in {a}",
}
_WHOLE = {
    "if {q}: {d}": "if {q}, {d}|when {q}, {d}|{d} if {q}",
    "for {c} in {a}: {d}": "for each {c} in {a}, {d}|for every {c} of {a}, {d}",
    "for {c} in range({n}): {d}": "for {c} from 0 to {n} exclusive, {d}",
    "while {q}: {d}": "while {q}, {d}|as long as {q}, {d}",
}
_OTHER_WAYS = {"v": _VALUES, "q": _CONDITIONS, "d": _DEEDS}

_NOUNS = re.findall(
    r"\w+",
    "list item user name value count price order word line file path key node row table index score date color size "
    "page text number result event image token record letter city weight point edge group client message buffer total "
    "field label rule step task unit vector layer signal",
)
_MODIFIERS = re.findall(
    r"\w+",
    "my old new first last max min all best next raw good bad big small open inner outer left right top base main user "
    "temp total local sorted daily known spare",
)
_FORMS = ("{1}s", "{0}_{1}", "{0}_{1}s", "{1}_{2}", "{0}_{1}_{2}", "{1}{3}", "{1}_{3}", "{4}{3}", "{4}")
# Those that are words or marks of a plural are left out.
_LETTERS = "bcdefghjkmnpqrtuvwxyz"
_PLACEHOLDER = re.compile(r"\{([a-dnqstv])\}")


def read_phrases(name, *, source, target, seed, dev, test):
    """Returns the Corpus of distinct sentences, 10,000 in train, and `dev` and `test` others, 1,000 at most.

    Each split has its own names; which one a name belongs to does not depend on the seed.
    """
    sizes = {"train": TRAIN, "dev": min(dev, _HELD_OUT), "test": min(test, _HELD_OUT)}
    drawing = _Drawing(seed)
    splits, seen = {}, {_LECTURE["source"]}
    for split, size in sizes.items():
        rows = [_LECTURE] if split == "test" else []
        while len(rows) < size:
            row = drawing.row(split)
            if row and row["source"] not in seen:
                seen.add(row["source"])
                rows.append(row)
        splits[split] = rows
    return Corpus(name, splits, (source, target), licence=LICENCE, origin=ORIGIN, kind="code")


class _Drawing:
    """Draws rows; random() alone is promised to give the same numbers in every version of Python."""

    def __init__(self, seed):
        self._uniform, self._grammar = random.Random(seed).random, python()

    def one_of(self, choices):
        return choices[int(self._uniform() * len(choices))]

    def row(self, split):
        """Returns a row with names of a split."""
        top = self.one_of((_VALUES, _VALUES, _DEEDS, _DEEDS, _WHOLE))
        sentence, code = self._filled(top, split, deep=True)
        return {"source": sentence, "targets": (self._grammar.write(read(code, self._grammar)),)}

    def _filled(self, table, split, *, deep):
        """Returns a sentence of an idiom of a table and its code, where values in it are idioms too if `deep`."""
        code = self.one_of(list(table))
        sentence = self.one_of(table[code].split("|"))
        parts = {}
        for part in dict.fromkeys(_PLACEHOLDER.findall(sentence + code)):
            if part == "v" and not (deep and self._uniform() < 0.35):
                parts[part] = (self._name(split),) * 2
            elif part in _OTHER_WAYS:
                said, written = self._filled(_OTHER_WAYS[part], split, deep=False)
                parts[part] = said, f"({written})" if part in "vq" else written
            elif part == "n":
                parts[part] = (str(2 + int(self._uniform() * 98)),) * 2
            elif part in "st":
                word = self._name(split)
                parts[part] = self.one_of((f"'{word}'", f'"{word}"')), f"'{word}'"
            else:
                parts[part] = (self._name(split),) * 2
        return tuple(
            _PLACEHOLDER.sub(lambda found, side=side: parts[found[1]][side], text)
            for side, text in enumerate((sentence, code))
        )

    def _name(self, split):
        """Returns a name of a split."""
        while True:
            words = self.one_of(_MODIFIERS), self.one_of(_NOUNS), self.one_of(_NOUNS)
            number, letter = 1 + int(self._uniform() * 9), self.one_of(_LETTERS)
            name = self.one_of(_FORMS).format(*words, number, letter)
            if split_of(name) == split:
                return name


def split_of(name):
    """Returns the split that a name belongs to: eight tenths are of train."""
    if name == "my_list":
        return "test"
    return {0: "dev", 1: "test"}.get(hashlib.sha256(name.encode()).digest()[0] % 10, "train")
