"""SavedModels: written, checked in a clean process, loaded again."""
