"""A character-level vanilla network in plain numpy, written from its equations, to hold ours against.

    h_t = tanh(Wxh x_t + Whh h_{t-1} + bh),  y_t = Why h_t + by,  loss = -sum over t of log softmax(y_t)[next]

Its gradients by backpropagation through time within a chunk, each entry cut off at +-5, and Adagrad whose sums start at
0, with 1e-8 added inside the root.
"""

import numpy as np

NAMES = ("Wxh", "Whh", "Why", "bh", "by")


class MinCharRNN:
    """Weights by name: Wxh (units, characters), Whh (units, units), Why (characters, units), bh and by."""

    def __init__(self, weights):
        self.weights = {name: np.array(weights[name], float) for name in NAMES}
        self.sums = {name: np.zeros_like(weight) for name, weight in self.weights.items()}
        self.hidden = np.zeros(len(self.weights["bh"]))

    def forget(self):
        """Goes back to a state of zero."""
        self.hidden = np.zeros_like(self.hidden)

    def loss_and_gradients(self, given, wanted):
        """Returns the summed loss in nats of a chunk, its gradients by name, and the state after it."""
        w, states, shares, loss = self.weights, [self.hidden], [], 0.0
        for here, following in zip(given, wanted, strict=True):
            states.append(np.tanh(w["Wxh"][:, here] + w["Whh"] @ states[-1] + w["bh"]))
            scores = np.exp(w["Why"] @ states[-1] + w["by"])
            shares.append(scores / scores.sum())
            loss -= np.log(shares[-1][following])
        gradients = {name: np.zeros_like(weight) for name, weight in w.items()}
        from_later = np.zeros_like(self.hidden)
        for t in reversed(range(len(given))):
            slope = shares[t].copy()
            slope[wanted[t]] -= 1
            gradients["Why"] += np.outer(slope, states[t + 1])
            gradients["by"] += slope
            inner = (w["Why"].T @ slope + from_later) * (1 - states[t + 1] ** 2)
            gradients["bh"] += inner
            gradients["Wxh"][:, given[t]] += inner
            gradients["Whh"] += np.outer(inner, states[t])
            from_later = w["Whh"].T @ inner
        return loss, gradients, states[-1]

    def step(self, given, wanted, *, rate=0.1):
        """Fits a chunk and goes on from its last state; returns its summed loss."""
        loss, gradients, self.hidden = self.loss_and_gradients(given, wanted)
        for name, gradient in gradients.items():
            cut = np.clip(gradient, -5, 5)
            self.sums[name] += cut**2
            self.weights[name] -= rate * cut / np.sqrt(self.sums[name] + 1e-8)
        return loss
