"""The verbs: receive, converse, hand off, reply, deliver, watch; and what starts and connects the rest."""
