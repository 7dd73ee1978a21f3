"""Published weights in PyTorch's older form, read without PyTorch."""

import pickle
import sys
import types
from collections import OrderedDict

import numpy as np
import pytest

from seqtasks.corpora.sources import pretrained
from seqtasks.errors import CorpusError


class Stored:
    """Stands for a tensor: pickled as PyTorch pickles one."""

    def __init__(self, key, array, *, offset=0, strides):
        self.key, self.array, self.offset, self.strides = key, array, offset, strides


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Returns a function that writes tensors as PyTorch once did."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    for name in ("FloatStorage", "LongStorage"):
        setattr(torch, name, type(name, (), {"__module__": "torch"}))

    def rebuild(*facts):
        raise NotImplementedError

    rebuild.__module__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = rebuild
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)

    class Pickler(pickle.Pickler):
        def persistent_id(self, one):
            return one if isinstance(one, tuple) and one[:1] == ("storage",) else None

        def reducer_override(self, one):
            if not isinstance(one, Stored):
                return NotImplemented
            kind = torch.FloatStorage if one.array.dtype == np.float32 else torch.LongStorage
            storage = ("storage", kind, one.key, "cpu", one.array.size, None)
            shape = tuple(one.shape)
            return rebuild, (storage, one.offset, shape, one.strides, False, OrderedDict())

    def write(tensors, storages):
        path = tmp_path / "weights.pth"
        with path.open("wb") as file:
            for part in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, OrderedDict(tensors), sorted(storages)):
                Pickler(file, protocol=2).dump(part)
            for key in sorted(storages):
                file.write(storages[key].size.to_bytes(8, "little") + storages[key].tobytes())
        return path

    return write


def test_tensors_are_read_with_their_strides_and_types(written):
    numbers, counts = np.arange(12, dtype=np.float32), np.array([7], np.int64)
    plain, turned = Stored("a", numbers, strides=(4, 1)), Stored("a", numbers, offset=4, strides=(1, 4))
    plain.shape, turned.shape = (3, 4), (4, 2)
    count = Stored("b", counts, strides=())
    count.shape = ()
    found = pretrained.arrays_of(
        written({"plain": plain, "turned": turned, "count": count}, {"a": numbers, "b": counts})
    )
    np.testing.assert_array_equal(found["plain"], numbers.reshape(3, 4))
    np.testing.assert_array_equal(found["turned"], numbers[4:].reshape(2, 4).T)
    assert found["count"] == 7
    assert (found["plain"].dtype, found["count"].dtype) == (np.float32, np.int64)


def test_nothing_but_tables_is_unpickled(tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(pickle.dumps(1) + pickle.dumps(2) + pickle.dumps(print))
    with pytest.raises(CorpusError, match="weights.pth is no table of weights: builtins.print is not allowed there"):
        pretrained.arrays_of(path)
    path.write_bytes(b"hello")
    with pytest.raises(CorpusError, match="is no table of weights"):
        pretrained.arrays_of(path)
