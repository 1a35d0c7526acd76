"""Who should help, and how fast: features, classifiers, policy, verdict with reasons. Tickets and queues are elsewhere."""
