"""How dates and times are written where Django's own way leaves a doubt: 3/4 is March or April, and the rest of the pages has 24 hours."""
