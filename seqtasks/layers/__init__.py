"""Keras layers: recurrent encoder and decoder, Bahdanau attention, pooling, character features, CRF, output."""
