"""Weights as named arrays."""

import numpy as np

from seqtasks.errors import RunError


def by_name(model):
    """Returns the weights of a model as {name: variable}: by path, those of an Ensemble as "1/path", "2/path", ..."""
    members = getattr(model, "members", None)
    if members is None:
        return by_path(model.weights)
    numbered = enumerate(members, start=1)
    return {member_name(number, path): one for number, of in numbered for path, one in by_path(of.weights).items()}


def member_name(number, path):
    """Returns the name of a weight of a member of an ensemble; members are counted from 1."""
    return f"{number}/{path}"


def by_path(variables):
    """Returns Keras variables as {path: variable}."""
    return {variable.path: variable for variable in variables}


def arrays_of(variables):
    """Returns the values of Keras variables, {name: variable}, by the same names."""
    return {name: variable.numpy() for name, variable in variables.items()}


def not_finite(arrays):
    """Returns the name of an array, among {name: array}, with an entry that is not finite; None if there is none."""
    return next((name for name, array in arrays.items() if not np.all(np.isfinite(array))), None)


def restore(variables, arrays, *, source):
    """Sets Keras variables, {name: variable}, from arrays; raises RunError if names or shapes do not fit."""
    for name, variable in variables.items():
        if name not in arrays or arrays[name].shape != tuple(variable.shape):
            found = f"has shape {arrays[name].shape}" if name in arrays else "is missing"
            raise RunError(
                f"'{source}' does not fit the run's settings: {name} {found}, expected shape {tuple(variable.shape)}; "
                "restore settings.yaml, or train again"
            )
    for name, variable in variables.items():
        variable.assign(arrays[name])
