"""Layers made inside a test that asks for `float64` compute in double precision."""

import keras
import pytest


@pytest.fixture
def float64():
    before = keras.config.dtype_policy().name
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_dtype_policy(before)
