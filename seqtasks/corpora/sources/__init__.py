"""Where bytes come from: files, folders, archives and TensorFlow datasets."""
