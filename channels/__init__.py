"""One file per provider: its webhooks, mailbox or socket to our Inbound and Outbound. No SQL, no Django, no Rasa."""
