"""Kinds of corpora: what a row holds, and how files of it are read and checked."""
