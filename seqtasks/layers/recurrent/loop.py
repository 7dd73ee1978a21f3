"""A recurrent loop over known inputs, with backpropagation through time written out.

Automatic differentiation would multiply and add up the gradient of the weights at every step. Here it is computed once,
after the loop: dU = sum over t of h_{t-1}^T dz_t is one large product. The gradient is the same, but cheaper.
"""

import tensorflow as tf

from seqtasks.layers.products import factor, inner, multiplied


def recur(gates, projected, state, kernel, bias=None, keep=None, *, differentiable=True):
    """Runs a cell over time.

    Args:
        gates: from gates.py.
        projected: (steps, batch, gates * units), the input's part of the gates.
        state: list of (batch, units), before the first step.
        kernel: (units, gates * units), the recurrent weights.
        bias: (gates * units,), added to the state's part of the gates, or None.
        keep: (batch, units), a dropout mask that h_{t-1} is multiplied by before each product with the recurrent
            weights, the same one at every step (Gal and Ghahramani, 2016, section 4); or None. What a cell carries on
            without a product, an LSTM's c or a GRU's z h, is left whole. It gets no gradient.
        differentiable: False leaves the gradient to TensorFlow, as a SavedModel cannot store ours.

    Returns:
        The states after each step, a list of (steps, batch, units). No step is masked: right padding comes after all
        real steps, and states that are not read get no gradient.
    """
    units, width = kernel.shape
    narrow, wide = [None, units], [None, width]

    def run(projected, kernel, *rest):
        state, bias = list(rest[: gates.states]), rest[gates.states :]
        steps, dtype = tf.shape(projected)[0], projected.dtype
        inputs, columns = unstack(projected), factor(kernel)

        def body(t, state, states, saved):
            recurrent = sum(bias, multiplied(masked(state[0], keep), columns)[:, :width])
            new, kept = gates.forward(inputs.read(t), recurrent, state)
            return t + 1, new, write(t, states, new), write(t, saved, kept)

        states, saved = arrays([narrow] * gates.states, steps, dtype), arrays([narrow] * gates.saved, steps, dtype)
        _, _, states, saved = onwards(steps, body, (state, states, saved))
        states = [array.stack() for array in states]

        def backward(*gradients):
            gradients = [unstack(gradient) for gradient in gradients]
            before = [before_each(after, first) for after, first in zip(states, state, strict=True)]
            earlier = [unstack(part) for part in before]
            transposed = factor(tf.transpose(kernel))

            def body(t, gradient, d_projected, d_recurrent):
                gradient = [part + array.read(t) for part, array in zip(gradient, gradients, strict=True)]
                projected, recurrent, gradient = gates.backward(read(t, saved), read(t, earlier), gradient)
                gradient = with_product(gradient, masked(multiplied(recurrent, transposed)[:, :units], keep))
                return t - 1, gradient, d_projected.write(t, projected), d_recurrent.write(t, recurrent)

            start = [tf.zeros_like(part) for part in state]
            _, gradient, *found = back(steps, body, (start, *arrays([wide, wide], steps, dtype)))
            d_projected, d_recurrent = (array.stack() for array in found)
            d_bias = [tf.reduce_sum(d_recurrent, axis=[0, 1]) for _ in bias]
            return d_projected, over_time(masked(before[0], keep), d_recurrent), *gradient, *d_bias

        return states, backward

    given = [projected, kernel, *state, *([] if bias is None else [bias])]
    return tf.custom_gradient(run)(*given) if differentiable else run(*given)[0]


# Parts of loops over time


def onwards(steps, body, variables, *, first=0):
    """Runs body(t, *variables) -> t + 1, *variables for t = first ... steps - 1."""
    return tf.while_loop(
        lambda t, *_: t < steps, body, (first, *variables), parallel_iterations=1, maximum_iterations=steps
    )


def back(steps, body, variables):
    """Runs body(t, *variables) -> t - 1, *variables for t = steps - 1 ... 0."""
    return tf.while_loop(
        lambda t, *_: t >= 0, body, (steps - 1, *variables), parallel_iterations=1, maximum_iterations=steps
    )


def arrays(shapes, steps, dtype):
    """Returns one TensorArray of `steps` entries for each shape."""
    return [tf.TensorArray(dtype, steps, element_shape=shape, clear_after_read=False) for shape in shapes]


def unstack(tensor):
    """Returns (steps, ...) as a TensorArray."""
    return arrays([tensor.shape[1:]], tf.shape(tensor)[0], tensor.dtype)[0].unstack(tensor)


def write(t, arrays, values):
    """Writes the values of a step; returns the arrays."""
    return [array.write(t, value) for array, value in zip(arrays, values, strict=True)]


def read(t, arrays):
    """Returns the values of a step."""
    return [array.read(t) for array in arrays]


def before_each(after, first):
    """Returns the values before each step, (steps, ...), from those after each step and that before the first."""
    return tf.concat([first[tf.newaxis], after[:-1]], axis=0)


def masked(tensor, keep):
    """Returns a tensor (..., batch, units) times a mask (batch, units), or as it is if that is None."""
    return tensor if keep is None else tensor * keep


def with_product(gradient, product):
    """Returns the gradient of a state: the direct part, plus the product with the recurrent weights for its output."""
    return [product if gradient[0] is None else gradient[0] + product, *gradient[1:]]


def over_time(inputs, gradients):
    """Returns the gradient of a kernel: the sum over steps and rows of inputs^T gradients, both (steps, batch, ...)."""
    return inner(*(tf.reshape(tensor, [-1, tensor.shape[-1]]) for tensor in (inputs, gradients)))
