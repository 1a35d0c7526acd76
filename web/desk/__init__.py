"""The agent desk: pages and fragments of them. Reading is `store.desk`, deeds are verbs of `bot.desk`."""
