"""Conversations that make a gap: customers who ask what no article answers, and colleagues who answer them."""

from __future__ import annotations

from bot import desk
from tests.web.seed import Company, hands_over, says, visitor

LIMES = (
    ("My sensor shows white limescale, how do I clean it?", "Maya Jones"),
    ("There is limescale on the sensor, how can I clean that?", "Noor Haddad"),
    ("How do I clean limescale off my sensor? Write to noor@example.com", "Lee Park"),
    ("Cleaning limescale from the sensor: what do you recommend?", "Jan Krol"),
)
REPLIES = (
    "Hello {name},\nSoak the sensor in vinegar for ten minutes. Your ticket is #4711 by the way. Rinse it with clear water.",
    "Dear {name},\nPlease soak the sensor in vinegar for ten minutes. Then rinse it with clear water and dry it.",
    "Soak the sensor in vinegar ten minutes. My neighbour Bob does this with lemons.",
    "Rinse it with clear water after ten minutes in vinegar.",
)
OTHERS = (
    "My invoice names the wrong company, please change the billing address.",
    "The courier left the parcel at a petrol station far away.",
    "Which holidays does your office keep in December?",
)


def ask_what_nobody_answers(company: Company) -> list[int]:
    """Four customers ask one thing, three ask others; all are handed over, the four are answered. Ticket numbers."""
    numbers = []
    for (question, name), reply in zip(LIMES, REPLIES, strict=True):
        chat = visitor(company, name)
        says(company, chat, question)
        number = hands_over(company, reason="not_known")
        desk.take(company.house, company.users["amira"], number)
        company.clock.advance(minutes=20)
        text = reply.format(name=name.split()[0])
        desk.reply(company.house, company.users["amira"], number, text, resolves=True)
        numbers.append(number)
    for question in OTHERS:
        says(company, visitor(company, "Somebody"), question)
        numbers.append(hands_over(company, reason="not_known"))
    return numbers
