"""What comes next, character by character or word by word; writes text."""
