"""Workers: dramatiq actors that look at job rows, and the relay that tells the broker about these."""
