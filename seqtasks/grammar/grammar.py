"""A grammar as data: which action may fill which slot, and what text that gives.

A program is written from left to right. A slot is a place to fill, such as "an operand of +"; an action fills it, and
its production is text with slots in between, which are filled next, the first one first. So a stack of slots is all
that has to be remembered: it says at each step which actions are allowed, and the text comes out in order.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

# An action, and the text of a token such as a name; "" for an action that is no token.
Action = tuple[str, str]


class DerivationError(ValueError):
    """Actions that the grammar does not allow; `step` is the first of them, `slot` what it does not fit into."""

    def __init__(self, message: str, step: int, slot: str | None = None):
        super().__init__(message)
        self.step, self.slot = step, slot


class Production(NamedTuple):
    """What an action makes of a slot: opening, token if the action is one, closing, slot, text, slot, text, ...

    The first `own` slots are filled by children of the action, the others go on with the list it stands in, so that
    their father is that of the slot it fills.
    """

    opening: str
    closing: str
    slots: tuple[str, ...]
    texts: tuple[str, ...]
    own: int


class Step(NamedTuple):
    """What is known before an action is taken: the slot to fill, and the number of the father's step, -1 for none."""

    slot: str
    father: int


class Grammar:
    """A table of productions and the pushdown machine that it makes.

    Attributes:
        root: the slot that a program fills.
        productions: {slot: {action: Production}}.
        tokens: {action: regular expression}: actions that write a token, and which words may be copied as such.
        reserved: words that are no names.
        slots, actions: their names, in a fixed order; tokens come last.
        cheapest: {slot: the smallest number of actions that fill it}.
    """

    def __init__(self, root, productions, *, tokens, reserved):
        self.root, self.productions = root, productions
        self.tokens, self.reserved = dict(tokens), tuple(reserved)
        self.slots = tuple(productions)
        found = {action for of_slot in productions.values() for action in of_slot}
        self.actions = (*sorted(found - set(self.tokens)), *self.tokens)

    @cached_property
    def cheapest(self) -> dict[str, int]:
        """Found as the smallest fixed point; raises ValueError for a slot that cannot be filled."""
        found: dict[str, int] = {}
        while True:
            better = {
                slot: min(prices)
                for slot, of_slot in self.productions.items()
                if (prices := [1 + sum(found[s] for s in p.slots) for p in of_slot.values() if {*p.slots} <= {*found}])
            }
            if better == found:
                break
            found = better
        if endless := sorted(set(self.slots) - set(found)):
            raise ValueError(f"the grammar has slots that can never be filled: {', '.join(endless)}")
        return found

    def derive(self, actions: Sequence[Action]) -> tuple[list[Step], str]:
        """Returns the Step of each action and the text that they write; raises DerivationError if they do not fit."""
        stack, steps, text = [(self.root, -1, "")], [], []
        for number, (action, token) in enumerate(actions):
            if not stack:
                raise DerivationError(f"{action} behind the end", number)
            slot, father, after = stack.pop()
            production = self.productions[slot].get(action)
            if production is None:
                raise DerivationError(f"{action} in the place of {slot}", number, slot)
            steps.append(Step(slot, father))
            text.append(production.opening + token + production.closing)
            if not production.slots:
                text.append(after)
                continue
            texts = [*production.texts[:-1], production.texts[-1] + after]
            fathers = [number if place < production.own else father for place in range(len(texts))]
            stack += reversed(list(zip(production.slots, fathers, texts, strict=True)))
        if stack:
            raise DerivationError(f"nothing in the place of {stack[-1][0]}", len(actions))
        return steps, "".join(text)

    def write(self, actions: Sequence[Action]) -> str:
        """Returns the text of a program's actions."""
        return self.derive(actions)[1]

    def to_json(self) -> str:
        """Returns the table as one line of JSON."""
        table = {
            slot: {
                action: [
                    p.own,
                    p.opening,
                    p.closing,
                    *(part for pair in zip(p.slots, p.texts, strict=True) for part in pair),
                ]
                for action, p in of_slot.items()
            }
            for slot, of_slot in self.productions.items()
        }
        known = {"root": self.root, "tokens": self.tokens, "reserved": self.reserved, "productions": table}
        return json.dumps(known, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Grammar":
        """Reads what `to_json` wrote."""
        known = json.loads(text)
        productions = {
            slot: {
                action: Production(opening, closing, tuple(parts[::2]), tuple(parts[1::2]), own)
                for action, (own, opening, closing, *parts) in of_slot.items()
            }
            for slot, of_slot in known["productions"].items()
        }
        return cls(known["root"], productions, tokens=known["tokens"], reserved=known["reserved"])

    @property
    def fingerprint(self) -> str:
        """The sha256 of the table."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()
