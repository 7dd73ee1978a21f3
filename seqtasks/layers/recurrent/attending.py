"""A recurrent loop that attends before each step, with backpropagation through time written out."""

import tensorflow as tf

from seqtasks.layers.attention import attend, attend_backward
from seqtasks.layers.products import factor, multiplied
from seqtasks.layers.recurrent.loop import (
    arrays,
    back,
    before_each,
    masked,
    onwards,
    over_time,
    read,
    unstack,
    with_product,
    write,
)


def recur_attending(
    gates, projected, state, memory, kernel, bias, extra_kernel, query_kernel, scale, coverage_kernel=None, keep=None
):
    """Runs a cell that attends before each step; `loop.recur` with a context among the inputs.

    Args:
        gates, projected, state, kernel, bias: as in `recur`.
        memory: {"keys": (batch, source steps, attention units), "values": (batch, source steps, size), "mask"}.
        extra_kernel: (size, gates * units), weights of the context.
        query_kernel, scale, coverage_kernel: of the attention.
        keep: as in `recur`; the query of the attention is computed from the masked output too.

    Returns:
        The outputs (steps, batch, units) and the contexts (steps, batch, size).
    """
    mask, units, size, align = memory["mask"], kernel.shape[0], extra_kernel.shape[0], scale.shape[0]
    wide, dtype = kernel.shape[1], projected.dtype

    @tf.custom_gradient
    def run(projected, keys, values, kernel, extra_kernel, query_kernel, scale, *rest):
        state, bias = list(rest[: gates.states]), list(rest[gates.states :])
        coverage = [bias.pop()] if coverage_kernel is not None else []
        steps, inputs = tf.shape(projected)[0], unstack(projected)
        # Both multiply the previous output, so one product computes them.
        joined = tf.concat([query_kernel, kernel], axis=1)

        body = _attending(gates, inputs, (keys, values, mask), joined, extra_kernel, scale, bias, coverage, keep)
        narrow = [None, units]
        states, saved = arrays([narrow] * gates.states, steps, dtype), arrays([narrow] * gates.saved, steps, dtype)
        attended = arrays([[None, size], [None, None], [None, None, align]], steps, dtype)
        # The sums of the attention weights so far, if they are needed.
        covered = tf.zeros_like(keys[..., 0]) if coverage else tf.zeros([1, 1], dtype)
        _, _, _, states, saved, attended = onwards(steps, body, (state, covered, states, saved, attended))
        states, contexts = [array.stack() for array in states], attended[0].stack()

        def backward(d_outputs, d_contexts):
            before = [before_each(after, first) for after, first in zip(states, state, strict=True)]
            sums = [unstack(tf.cumsum(attended[1].stack(), exclusive=True)) for _ in coverage]
            recorded = saved, [unstack(part) for part in before], attended, sums
            upstream = unstack(d_outputs), unstack(d_contexts)
            body = _attending_back(gates, recorded, upstream, values, joined, extra_kernel, scale, coverage, keep)
            found = arrays([[None, wide], [None, size], [None, align + wide]], steps, dtype)
            zeros = [tf.zeros_like(part) for part in state], tf.zeros_like(keys), tf.zeros_like(scale)
            # Of the attention weights, by way of later steps, and of the coverage kernel.
            zeros = *zeros, tf.zeros_like(covered), tf.zeros([align], dtype)
            _, gradient, d_keys, d_scale, _, d_coverage, found = back(steps, body, (*zeros, found))
            d_projected, d_contexts, d_joined = (array.stack() for array in found)
            d_values = tf.matmul(tf.transpose(attended[1].stack(), [1, 2, 0]), tf.transpose(d_contexts, [1, 0, 2]))
            d_query_kernel, d_kernel = tf.split(over_time(masked(before[0], keep), d_joined), [align, wide], axis=1)
            d_bias = [tf.reduce_sum(d_joined[..., align:], axis=[0, 1]) for _ in bias]
            d_extra_kernel = over_time(contexts, d_projected)
            d_rest = [*gradient, *d_bias, *([d_coverage] if coverage else [])]
            return d_projected, d_keys, d_values, d_kernel, d_extra_kernel, d_query_kernel, d_scale, *d_rest

        return [states[0], contexts], backward

    given = [kernel, extra_kernel, query_kernel, scale, *state]
    given += [weight for weight in (bias, coverage_kernel) if weight is not None]
    return run(projected, memory["keys"], memory["values"], *given)


def _attending(gates, inputs, memory, joined, extra_kernel, scale, bias, coverage, keep):
    """Returns the body of the forward loop: attends, then takes a step of the cell; see `recur_attending`.

    `joined` (units, attention units + gates * units) holds the query weights and the recurrent weights; `coverage` is a
    list of the coverage kernel, or empty.
    """
    keys, values, mask = memory
    align, wide = scale.shape[0], extra_kernel.shape[1]
    joined, extra_kernel = factor(joined), factor(extra_kernel)

    def body(t, state, covered, states, saved, attended):
        product = multiplied(masked(state[0], keep), joined)
        query, recurrent, _ = tf.split(product, [align, wide, joined.shape[1] - align - wide], axis=1)
        covering = (covered[:, tf.newaxis], *coverage) if coverage else None
        found = attend(query[:, tf.newaxis], keys, values, mask, scale, covering)
        found = [tf.squeeze(part, axis=1) for part in found]
        projected = inputs.read(t) + multiplied(found[0], extra_kernel)[:, :wide]
        new, kept = gates.forward(projected, sum(bias, recurrent), state)
        covered = covered + found[1] if coverage else covered
        return t + 1, new, covered, write(t, states, new), write(t, saved, kept), write(t, attended, found)

    return body


def _attending_back(gates, recorded, upstream, values, joined, extra_kernel, scale, coverage, keep):
    """Returns the body of the backward loop; see `recur_attending` and `_attending`.

    Args:
        recorded: TensorArrays over steps: what the cell saved, the states before each step, what the attention found,
            and with coverage the sums of the weights before each step; lists.
        upstream: TensorArrays of the gradients of the outputs and of the contexts.
    """
    saved, earlier, attended, sums = recorded
    d_outputs, d_contexts = upstream
    units, size = joined.shape[0], extra_kernel.shape[0]
    joined_transposed, extra_transposed = factor(tf.transpose(joined)), factor(tf.transpose(extra_kernel))

    def body(t, gradient, d_keys, d_scale, later, d_coverage, found):
        gradient = [gradient[0] + d_outputs.read(t), *gradient[1:]]
        projected, recurrent, gradient = gates.backward(read(t, saved), read(t, earlier), gradient)
        context = d_contexts.read(t) + multiplied(projected, extra_transposed)[:, :size]
        _, weights, hidden = read(t, attended)
        query, keys, scales = attend_backward(context, weights, hidden, values, scale, later if coverage else None)
        for weight, covered in zip(coverage, sums, strict=True):
            d_coverage += tf.tensordot(covered.read(t), keys, [[0, 1], [0, 1]])
            later += tf.tensordot(keys, weight, 1)
        product = tf.concat([query, recurrent], axis=1)
        gradient = with_product(gradient, masked(multiplied(product, joined_transposed)[:, :units], keep))
        found = write(t, found, [projected, context, product])
        return t - 1, gradient, d_keys + keys, d_scale + scales, later, d_coverage, found

    return body
