"""Training on several processes, of one machine or of several: who they are, how they meet, what they add up."""
