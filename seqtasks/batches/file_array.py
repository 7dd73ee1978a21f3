"""Arrays of numbers in files, of which nothing stays in memory."""

import os

import numpy as np


class FileArray:
    """An array (n,) in a file, from which numbers are read when they are asked for, by slices or by their places.

    A memory map would count every page that was ever read as memory of the process.
    """

    def __init__(self, path, kind):
        """Takes the path of a file of numbers one after the other, the lowest byte first, and their dtype."""
        self.dtype, self._file = np.dtype(kind).newbyteorder("<"), os.open(path, os.O_RDONLY)
        self._size = os.fstat(self._file).st_size // self.dtype.itemsize

    def __del__(self):
        if hasattr(self, "_file"):
            os.close(self._file)

    def __len__(self):
        return self._size

    def __getitem__(self, chosen):
        """Returns the numbers of a slice, or those at places (rows,), of which negative ones count from the end."""
        if isinstance(chosen, slice):
            start, end, step = chosen.indices(self._size)
            if step != 1:
                raise ValueError("slices of a FileArray have no step")
            return self._read(start, max(0, end - start))
        places = np.where(np.asarray(chosen) < 0, self._size + np.asarray(chosen), chosen)
        return np.concatenate([np.zeros(0, self.dtype), *(self._read(place, 1) for place in places.tolist())])

    def _read(self, first, count):
        size, at, parts = count * self.dtype.itemsize, first * self.dtype.itemsize, []
        # A read gives at most 2 GiB.
        while size:
            part = os.pread(self._file, size, at)
            if not part:
                raise IndexError(f"the file has {self._size} numbers; received the place {first + count - 1}")
            parts.append(part)
            size, at = size - len(part), at + len(part)
        return np.frombuffer(b"".join(parts), self.dtype)
