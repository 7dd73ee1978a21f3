"""What stands beside the score of a language model: n-grams, a mixture with them, dynamic evaluation."""
