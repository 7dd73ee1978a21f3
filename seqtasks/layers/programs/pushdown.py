"""The machine of a grammar inside the graph: it says which actions a hypothesis may take, and writes its text."""

from typing import NamedTuple

import tensorflow as tf

from seqtasks.grammar.tables import FINISHED


class Stack(NamedTuple):
    """The state of n machines. Only the first `depth` entries of a row count; the last of them is filled next."""

    slots: tf.Tensor  # (n, most) int32
    fathers: tf.Tensor  # (n, most) int32, of each slot, as `advance` is given them
    depth: tf.Tensor  # (n,) int32
    owed: tf.Tensor  # (n,) int32, number of actions that fill all of it at the lowest price
    left: tf.Tensor  # (n,) int32, number of actions that may still be taken, the end included


class Pushdown:
    """Machines of one grammar, as Tables has it, side by side.

    Every slot costs at least one action, and no action is allowed after which what is open could not be ended within
    the limit. So each program is ended within its limit, and a stack is never deeper than the limit.
    """

    def __init__(self, tables, most):
        """Takes Tables, and the largest number of actions of a program, its end included."""
        self.tables, self.most = tables, most

    def start(self, limits):
        """Returns the Stack of programs of at most `limits` (n,) actions, before a step without an action."""
        rows = tf.shape(limits)[0]
        slots = tf.pad(tf.fill([rows, 1], self.tables.root), [[0, 0], [0, self.most - 1]])
        owed = tf.fill([rows], int(self.tables.cheapest[self.tables.root]))
        return Stack(slots, tf.zeros_like(slots), tf.ones([rows], tf.int32), owed, limits + 1)

    def top(self, stack):
        """Returns the slot that is filled next and its father, (n,) int32 each; 0 where all is filled."""
        last = tf.maximum(stack.depth - 1, 0)[:, tf.newaxis]
        is_open = stack.depth > 0
        parts = (tf.gather(part, last, batch_dims=1)[:, 0] for part in (stack.slots, stack.fathers))
        return tuple(tf.where(is_open, part, 0) for part in parts)

    def advance(self, stack, classes, actions):
        """Takes an action in each machine; one that is not allowed changes nothing but what is left.

        Args:
            classes: (n,) int32, as Tables has them.
            actions: (n,) int32, what is called the father of the slots that the action opens.
        """
        slot, father = self.top(stack)
        production, taken, new, place = self._pushed(stack, slot, classes)
        own = tf.gather(tf.gather(self.tables.own, production), place, batch_dims=1)
        pushed = tf.gather(tf.gather(self.tables.push, production), place, batch_dims=1)
        grown = tf.gather(self.tables.price, production) - tf.gather(self.tables.cheapest, slot)
        deeper = tf.gather(self.tables.count, production) - 1
        return Stack(
            tf.where(new, pushed, stack.slots),
            tf.where(new, tf.where(own, actions[:, tf.newaxis], father[:, tf.newaxis]), stack.fathers),
            tf.maximum(0, stack.depth + tf.where(taken, deeper, 0)),
            stack.owed + tf.where(taken, grown, 0),
            stack.left - 1,
        )

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
        return tf.gather(self.tables.cost, slot) + stack.owed[:, tf.newaxis] <= stack.left[:, tf.newaxis] - 1

    def fits(self, slots):
        """Returns which classes may fill slots (...), (..., classes) bool, within any limit."""
        return tf.gather(self.tables.production >= 0, slots)

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
            texts = tf.where(taken, tf.strings.join([texts, *parts]), texts)
            # The text behind the slot that is filled goes on behind the last of the new ones, which is the deepest.
            written = tf.gather(tf.gather(self.tables.texts, production), place, batch_dims=1)
            written = tf.strings.join([written, tf.where(place == 0, last, "")])
            found = found.write(t, tf.where(classes[:, t] > FINISHED, father - 1, -1))
            stack = self.advance(stack, classes[:, t], tf.fill([rows], t + 1))
            return t + 1, stack, tf.where(new, written, after), texts, found

        first = 0, stack, tf.fill([rows, self.most], ""), tf.fill([rows], ""), found
        _, _, _, texts, found = tf.while_loop(lambda t, *_: t < steps, body, first, parallel_iterations=1)
        return texts, tf.transpose(found.stack())
