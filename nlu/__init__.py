"""What was meant: embeddings, dialogue acts, entities, language, scope. Deciding what follows does not belong here."""
