"""Publishing: did we do a good job, and who is told? Sign-offs, what an audience may see, formats, gates."""
