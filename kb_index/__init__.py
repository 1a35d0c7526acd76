"""What the company knows: ingest, index, search, answer with citations or abstain. Encoding and storing rows do not belong here."""
