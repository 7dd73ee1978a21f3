"""The words that two vocabularies share."""

from seqtasks.text import UNK


def shared_ids(ours, theirs):
    """Returns {our id: their id} of the words that two vocabularies, each Pieces of words or Words, both know.

    A word is found as it is spelled, a mark also as it is attached to its neighbours; else in the form that ours are
    looked up in; else in the form that theirs are. Of their words that are equal in that form the first one, which is
    the most frequent, counts. The marks in front of the words, such as PAD and UNK, are shared as far as ours go.
    """
    ours_first, theirs_first = ours.first_word, theirs.first_word
    found = {number: number for number in range(min(ours_first, theirs_first))}
    exact, folded = {}, {}
    spellings = theirs.spellings()
    plain = ours.folded([word for _, word in spellings])
    for number, ((spelling, _), word) in enumerate(zip(spellings, plain, strict=True), start=theirs_first):
        exact.setdefault(spelling, number)
        folded.setdefault(word, number)
    spellings = ours.spellings()
    plain = theirs.folded([word for _, word in spellings])
    for number, ((spelling, word), other) in enumerate(zip(spellings, plain, strict=True), start=ours_first):
        there = exact.get(spelling, folded.get(word, folded.get(other, UNK)))
        if there != UNK:
            found[number] = there
    return found
