"""English nouns with their number: "a dog", "two mice", and back."""

NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten"}
_IRREGULAR = {
    "mouse": "mice",
    "sheep": "sheep",
    "deer": "deer",
    "fish": "fish",
    "wolf": "wolves",
    "loaf": "loaves",
    "snowman": "snowmen",
    "man": "men",
    "woman": "women",
    "child": "children",
    "person": "people",
    "cactus": "cacti",
    "tomato": "tomatoes",
    "potato": "potatoes",
}
# Written with a vowel but spoken with another sound first.
_AS_CONSONANT = ("uni", "use", "eu", "one")


def plural(noun):
    """Returns the plural of a noun; of one such as "pair of glasses" that of the word before "of"."""
    head, of, rest = noun.partition(" of ")
    before, space, word = head.rpartition(" ")
    if word in _IRREGULAR:
        found = _IRREGULAR[word]
    elif word.endswith(("s", "x", "z", "ch", "sh")):
        found = f"{word}es"
    elif word.endswith("y") and word[-2:-1] not in "aeiou":
        found = f"{word[:-1]}ies"
    else:
        found = f"{word}s"
    return f"{before}{space}{found}{of}{rest}"


def with_number(noun, count):
    """Returns a noun phrase such as "an apple" or "two pizzas"."""
    if count == 1:
        vowel = noun.startswith(tuple("aeiou")) and not noun.startswith(_AS_CONSONANT)
        return f"{'an' if vowel else 'a'} {noun}"
    return f"{NUMBERS.get(count, count)} {plural(noun)}"
