"""What leads look at: reports and the live wall. Sums are `store.reporting`, deeds are verbs of `bot`."""
