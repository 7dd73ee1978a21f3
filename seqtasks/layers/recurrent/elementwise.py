"""Cells without a matrix product between steps: products are of the input alone, so large ones, for all steps at once.

    h_t = a_t * h_{t-1} + b_t, or relu of it

a and b are functions of the input alone, or a is a vector of weights. The past is added up unit by unit: what one unit
remembers is read by others only in a further layer.
"""

import keras
import tensorflow as tf

from seqtasks.layers.products import product
from seqtasks.layers.recurrent.loop import arrays, back, before_each, onwards, unstack


class MinGRU:
    """h = (1 - z) h + z W x with z = sigmoid(W_z x): minGRU of Feng et al. (2024), section 3.1; state [h]."""

    gates, states, relu, has_weights = 2, 1, False, False
    # Starts with a longer memory, as an LSTM does whose forget gates start open.
    first_bias = (-1.0, 0.0)

    def coefficients(self, projected, weights):
        """Returns a and b, both (..., units), from W x + b (..., gates * units) and the weights of each unit."""
        z, candidate = tf.split(projected, 2, axis=-1)
        z = tf.sigmoid(z)
        return 1 - z, z * candidate


class MinLSTM:
    """h = f' h + i' W x, gates f and i of x alone, divided by their sum: minLSTM of Feng et al. (2024), section 3.2."""

    gates, states, relu, has_weights = 3, 1, False, False
    first_bias = (1.0, 0.0, 0.0)

    def coefficients(self, projected, weights):
        """See MinGRU."""
        f, i, candidate = tf.split(projected, 3, axis=-1)
        # f / (f + i) is the sigmoid of log f - log i.
        kept = tf.sigmoid(tf.math.log_sigmoid(f) - tf.math.log_sigmoid(i))
        return kept, (1 - kept) * candidate


class IndRNN:
    """h = relu(W x + u * h), each unit with a weight u of its own: Li et al. (2018), equation 2; state [h]."""

    gates, states, relu, has_weights = 1, 1, True, True
    first_bias = (0.0,)

    def coefficients(self, projected, weights):
        """See MinGRU."""
        return weights + tf.zeros_like(projected), projected


ELEMENTWISE = {"mingru": MinGRU, "minlstm": MinLSTM, "indrnn": IndRNN}


class ElementwiseLayer(keras.layers.Layer):
    """The weights of such a cell in one direction: kernel (features, gates * units), bias, and those of each unit."""

    def __init__(self, gates, units, *, kernel_initializer, go_backwards, **kwargs):
        super().__init__(**kwargs)
        self.gates, self.units, self.initializer, self.go_backwards = gates, units, kernel_initializer, go_backwards

    def build(self, input_shape):
        width = self.gates.gates * self.units
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], width), initializer=self.initializer)
        first = [value for value in self.gates.first_bias for _ in range(self.units)]
        self.bias = self.add_weight(
            name="bias", shape=(width,), initializer=lambda shape, dtype=None: tf.constant(first, dtype)
        )
        self.weights_of_units = None
        if self.gates.has_weights:
            uniform = keras.initializers.RandomUniform(0.0, 1.0)
            self.weights_of_units = self.add_weight(name="recurrent", shape=(self.units,), initializer=uniform)
        self.built = True

    def coefficients(self, inputs):
        """Returns a and b of inputs (..., features)."""
        projected = product(inputs, tf.convert_to_tensor(self.kernel)) + self.bias
        return self.gates.coefficients(projected, self.weights_of_units)

    def step(self, inputs, state):
        """Returns h (batch, units) after one step of inputs (batch, features)."""
        a, b = self.coefficients(inputs)
        total = a * state + b
        return tf.nn.relu(total) if self.gates.relu else total


def recur_elementwise(a, b, state, *, relu=False, differentiable=True):
    """Runs h_t = a_t * h_{t-1} + b_t, or relu of it, over time, with backpropagation through time written out.

    With g_t the gradient of h_t, all that flows to it, and s_t the slope of the relu, 1 without it: db_t = s_t g_t,
    da_t = h_{t-1} * db_t, and g_{t-1} gets a_t * db_t.

    Args:
        a, b: (steps, batch, units).
        state: (batch, units), before the first step.
        relu: whether h is the relu.
        differentiable: False leaves the gradient to TensorFlow, as a SavedModel cannot store ours.

    Returns:
        h (steps, batch, units). No step is masked: right padding comes after all real steps, and what is not read gets
        no gradient.
    """

    def run(a, b, state):
        steps, shape = tf.shape(b)[0], [[None, b.shape[-1]]]
        factors, terms = unstack(a), unstack(b)

        def body(t, state, states):
            state = factors.read(t) * state + terms.read(t)
            state = tf.nn.relu(state) if relu else state
            return t + 1, state, states.write(t, state)

        *_, found = onwards(steps, body, (state, *arrays(shape, steps, b.dtype)))
        states = found.stack()

        def backward(gradients):
            given, after = unstack(gradients), unstack(states)

            def body(t, gradient, d_terms):
                gradient += given.read(t)
                if relu:
                    gradient = tf.where(after.read(t) > 0, gradient, 0)
                return t - 1, factors.read(t) * gradient, d_terms.write(t, gradient)

            start = (tf.zeros_like(state), *arrays(shape, steps, b.dtype))
            _, d_state, found = back(steps, body, start)
            d_terms = found.stack()
            return before_each(states, state) * d_terms, d_terms, d_state

        return states, backward

    return tf.custom_gradient(run)(a, b, state) if differentiable else run(a, b, state)[0]
