"""Recurrent cells, the loop over time and back, encoders and decoders."""
