"""A grammar as arrays of numbers, for the machine in the graph."""

import numpy as np

# Classes of ids, besides the actions of the grammar: what is no action, and the end of a program.
NO_ACTION, FINISHED = 0, 1
_FIRST_ACTION = 2
# More than any program has actions.
NEVER = 1_000_000


class Tables:
    """The productions of a Grammar, numbered, with the slots that each puts on the stack, the last one first.

    Slot 0 is that of a program that is finished, which only FINISHED may fill. The class of an action is its number
    in the grammar, behind the other classes.

    Attributes:
        classes, slots: how many there are.
        root: the number of the grammar's root.
        production: (slots, classes) int32, -1 where an action is not allowed.
        cost: (slots, classes) int32, number of actions that a program grows by if the action is taken instead of the
            cheapest one, its own included; NEVER where it is not allowed.
        push: (productions, widest) int32 slots; own: likewise bool, whether the action is their father.
        count: (productions,) int32, how many there are.
        opening, closing, texts: str arrays (productions,), (productions,) and (productions, widest).
        names: (classes,) str, those of the actions; "" for other classes and for tokens.
        cheapest: (slots,) int32, actions that fill it; price: (productions,) int32, actions that fill its slots.
    """

    def __init__(self, grammar):
        self._grammar = grammar
        self._slots = {slot: number for number, slot in enumerate(grammar.slots, start=1)}
        self._classes = {action: number for number, action in enumerate(grammar.actions, start=_FIRST_ACTION)}
        self.slots, self.classes = len(self._slots) + 1, len(self._classes) + _FIRST_ACTION
        plain = [action if action not in grammar.tokens else "" for action in grammar.actions]
        self.names = np.array([*[""] * _FIRST_ACTION, *plain])
        self.root = self._slots[grammar.root]
        self.cheapest = np.array([0, *(grammar.cheapest[slot] for slot in grammar.slots)], np.int32)
        rows = [(s, a, p) for s, of_slot in grammar.productions.items() for a, p in of_slot.items()]
        widest = max(len(p.slots) for *_, p in rows)
        # The last production is that of the end.
        self.production = np.full((self.slots, self.classes), -1, np.int32)
        self.push, self.own = (np.zeros((len(rows) + 1, widest), kind) for kind in (np.int32, bool))
        self.count = np.zeros(len(rows) + 1, np.int32)
        texts = [[""] * widest for _ in range(len(rows) + 1)]
        self.production[0, FINISHED] = len(rows)
        for number, (slot, action, production) in enumerate(rows):
            self.production[self._slots[slot], self._classes[action]] = number
            width = self.count[number] = len(production.slots)
            self.push[number, :width] = [self._slots[one] for one in production.slots[::-1]]
            self.own[number, :width] = [place < production.own for place in range(width)][::-1]
            texts[number][:width] = production.texts[::-1]
        self.opening = np.array([*(p.opening for *_, p in rows), ""])
        self.closing = np.array([*(p.closing for *_, p in rows), ""])
        self.texts = np.array(texts)
        self.price = self.cheapest[self.push].sum(axis=1, dtype=np.int32)
        grown = 1 + self.price[self.production] - self.cheapest[:, np.newaxis]
        self.cost = np.where(self.production < 0, NEVER, grown).astype(np.int32)
        # The end is counted apart; see Pushdown.allowed.
        self.cost[0, FINISHED] = 0

    def slot(self, name):
        """Returns the number of a slot."""
        return self._slots[name]

    def class_of(self, action):
        """Returns the class of an action."""
        return self._classes[action]
