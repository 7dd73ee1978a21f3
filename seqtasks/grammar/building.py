"""A table of productions in the making."""

from seqtasks.grammar.grammar import Production

END = "END"
# Stands for the token among the parts of a production.
TOKEN = object()


class Slot(str):
    """A slot among the parts of a production, which are text otherwise."""


class Table:
    """A table of productions that is being made.

    Attributes:
        productions: as in Grammar.
    """

    def __init__(self):
        self.productions = {}

    def add(self, slot, action, *parts, then=()):
        """Adds a production of text, slots and perhaps a token; the parts `then` go on with the list it stands in.

        A token stands in front of all slots.
        """
        texts, slots = [""], []
        for part in (*parts, *then):
            if part is TOKEN:
                texts.append("")
            elif isinstance(part, Slot):
                slots.append(str(part))
                texts.append("")
            else:
                texts[-1] += part
        opening, *texts = texts
        closing = texts.pop(0) if TOKEN in parts else ""
        own = sum(isinstance(part, Slot) for part in parts)
        of_slot = self.productions.setdefault(slot, {})
        of_slot[action] = Production(opening, closing, tuple(slots), tuple(texts), own)

    def end(self, *slots, text=""):
        """Adds the end of a list, or of what is not there, which may write text."""
        for slot in slots:
            self.add(slot, END, text)
