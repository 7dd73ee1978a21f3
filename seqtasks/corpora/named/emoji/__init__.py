"""Emoji as two design teams drew them: composed into scenes, and alone with the names that people gave them."""
