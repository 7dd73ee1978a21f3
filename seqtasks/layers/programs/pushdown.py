"""The machine of a grammar inside the graph: it says which actions a hypothesis may take, and writes its text."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from seqtasks.grammar.tables import FINISHED, NO_ACTION


class Stack(NamedTuple):
    """The state of n machines. Only the first `depth` entries of a row count; the last of them is filled next."""

    slots: tf.Tensor  # (n, most) int32
    fathers: tf.Tensor  # (n, most) int32, of each slot, as `advance` is given them
    depth: tf.Tensor  # (n,) int32
    owed: tf.Tensor  # (n,) int32, number of actions that fill all of it at the lowest price
    left: tf.Tensor  # (n,) int32, number of actions that may still be taken, the end included
    shares: tf.Tensor  # (n, depth of the deepest, any), of the father of each slot, as `advance` is given them


class Pushdown:
    """Machines of one grammar, as Tables has it, side by side.

    Every slot costs at least one action, and no action is allowed after which what is open could not be ended within
    the limit. So each program is ended within its limit, and a stack is never deeper than the limit.

    A machine that is not `enforced` allows every action; one that does not fit is written as its name.
    """

    def __init__(self, tables, most, *, enforced=True):
        """Takes Tables, and the largest number of actions of a program, its end included."""
        self.tables, self.most, self.enforced = tables, most, enforced

    def start(self, limits, size=0, dtype=tf.float32):
        """Returns the Stack of programs of at most `limits` (n,) actions, before a step without an action.

        `size` and `dtype` are those of the shares.
        """
        rows = tf.shape(limits)[0]
        slots = tf.pad(tf.fill([rows, 1], self.tables.root), [[0, 0], [0, self.most - 1]])
        owed = tf.fill([rows], int(self.tables.cheapest[self.tables.root]))
        depth = tf.ones([rows], tf.int32)
        shares = tf.zeros([rows, _deepest(depth), size], dtype)
        return Stack(slots, tf.zeros_like(slots), depth, owed, limits + 1, shares)

    def top(self, stack):
        """Returns the slot that is filled next and its father, (n,) int32 each; 0 where all is filled."""
        last = tf.maximum(stack.depth - 1, 0)[:, tf.newaxis]
        is_open = stack.depth > 0
        parts = (tf.gather(part, last, batch_dims=1)[:, 0] for part in (stack.slots, stack.fathers))
        return tuple(tf.where(is_open, part, 0) for part in parts)

    def top_share(self, stack):
        """Returns the share of the father of the slot that is filled next, (n, any); 0 where all is filled."""
        last = tf.maximum(stack.depth - 1, 0)[:, tf.newaxis]
        return tf.where(stack.depth[:, tf.newaxis] > 0, tf.gather(stack.shares, last, batch_dims=1)[:, 0], 0)

    def advance(self, stack, classes, actions, shares=None):
        """Takes an action in each machine; one that does not fit changes nothing but what is left.

        Args:
            classes: (n,) int32, as Tables has them.
            actions: (n,) int32, what is called the father of the slots that the action opens.
            shares: (n, size), what else is kept of it for these slots.
        """
        slot, father = self.top(stack)
        production, taken, new, place = self._pushed(stack, slot, classes)
        own = tf.gather(tf.gather(self.tables.own, production), place, batch_dims=1)
        pushed = tf.gather(tf.gather(self.tables.push, production), place, batch_dims=1)
        grown = tf.gather(self.tables.price, production) - tf.gather(self.tables.cheapest, slot)
        deeper = tf.gather(self.tables.count, production) - 1
        depth = tf.maximum(0, stack.depth + tf.where(taken, deeper, 0))
        return Stack(
            tf.where(new, pushed, stack.slots),
            tf.where(new, tf.where(own, actions[:, tf.newaxis], father[:, tf.newaxis]), stack.fathers),
            depth,
            stack.owed + tf.where(taken, grown, 0),
            stack.left - 1,
            stack.shares if shares is None else self._kept(stack, depth, new, own, shares),
        )

    def _kept(self, stack, depth, new, own, shares):
        """Returns the shares of the slots of a stack after an action, no wider than the deepest stack."""
        width = _deepest(depth)
        more = tf.maximum(0, width - tf.shape(stack.shares)[1])
        before = tf.pad(stack.shares, [[0, 0], [0, more], [0, 0]])[:, :width]
        new, own = (part[:, :width, tf.newaxis] for part in (new, own))
        opened = tf.where(own, shares[:, tf.newaxis], self.top_share(stack)[:, tf.newaxis])
        return tf.where(new, opened, before)

    def _pushed(self, stack, slot, classes):
        """Returns the productions of classes (n,) in slots (n,), and what they do to the stacks.

        These are int32 (n,); whether they are allowed, (n,) bool; which entries of the stacks they fill, and with which
        of their slots, (n, most) bool and int32.
        """
        found = tf.gather(tf.reshape(self.tables.production, [-1]), slot * self.tables.classes + classes)
        production, taken = tf.maximum(found, 0), found >= 0
        place = tf.range(self.most)[tf.newaxis] - (stack.depth - 1)[:, tf.newaxis]
        count = tf.where(taken, tf.gather(self.tables.count, production), 0)
        new = (place >= 0) & (place < count[:, tf.newaxis])
        return production, taken, new, tf.clip_by_value(place, 0, self.tables.push.shape[1] - 1)

    def allowed(self, stack):
        """Returns which classes may be taken, (n, classes) bool: by the grammar, and so that the end is in reach."""
        slot, _ = self.top(stack)
        if not self.enforced:
            return self.fits(slot)
        return tf.gather(self.tables.cost, slot) + stack.owed[:, tf.newaxis] <= stack.left[:, tf.newaxis] - 1

    def fits(self, slots):
        """Returns which classes may fill slots (...), (..., classes) bool, within any limit."""
        fits = self.tables.production >= 0
        if not self.enforced:
            fits = np.broadcast_to(np.arange(self.tables.classes) != NO_ACTION, fits.shape)
        return tf.gather(fits, slots)

    def write(self, classes, tokens):
        """Writes programs.

        Each entry of a stack has the text that follows what fills it, so that the text of an action is known as soon
        as it is taken.

        Args:
            classes: (n, steps) int32; what follows the end changes nothing.
            tokens: (n, steps) strings, of the actions that are tokens.

        Returns:
            texts (n,) and for each step that of its father, (n, steps) int32, -1 for none.
        """
        rows, steps = tf.unstack(tf.shape(classes))
        stack = self.start(tf.fill([rows], self.most))
        found = tf.TensorArray(tf.int32, steps, element_shape=[None])

        def body(t, stack, after, texts, found):
            slot, father = self.top(stack)
            production, taken, new, place = self._pushed(stack, slot, classes[:, t])
            last = tf.gather(after, tf.maximum(stack.depth - 1, 0)[:, tf.newaxis], batch_dims=1)
            closed = tf.where(tf.gather(self.tables.count, production) == 0, last[:, 0], "")
            parts = [tf.gather(self.tables.opening, production), tokens[:, t]]
            parts += [tf.gather(self.tables.closing, production), closed]
            otherwise = texts
            if not self.enforced:
                name = tf.gather(self.tables.names, classes[:, t])
                otherwise = tf.where(name == "", texts, tf.strings.join([texts, " ", name, tokens[:, t]]))
            texts = tf.where(taken, tf.strings.join([texts, *parts]), otherwise)
            # The text behind the slot that is filled goes on behind the last of the new ones, which is the deepest.
            written = tf.gather(tf.gather(self.tables.texts, production), place, batch_dims=1)
            written = tf.strings.join([written, tf.where(place == 0, last, "")])
            found = found.write(t, tf.where(classes[:, t] > FINISHED, father - 1, -1))
            stack = self.advance(stack, classes[:, t], tf.fill([rows], t + 1))
            return t + 1, stack, tf.where(new, written, after), texts, found

        first = 0, stack, tf.fill([rows, self.most], ""), tf.fill([rows], ""), found
        _, _, _, texts, found = tf.while_loop(lambda t, *_: t < steps, body, first, parallel_iterations=1)
        return texts, tf.transpose(found.stack())


def _deepest(depth):
    """Returns the largest of the depths (n,) of stacks, at least 1."""
    return tf.maximum(1, tf.reduce_max(depth))
