"""What the app itself says in Slack in the other five languages; English stands in `slack_settings`, and each inbox may have words of its own."""

from __future__ import annotations

from typing import Literal

Language = Literal["en", "es", "de", "fr", "pt", "ar"]

WORDS: dict[Language, dict[str, str]] = {
    "en": {},
    "es": {
        "taken": "Lo hemos pasado a nuestro equipo. Recibirás la respuesta en tus mensajes directos con esta aplicación.",
        "form_title": "Preguntar al equipo",
        "form_question": "¿De qué se trata?",
        "form_send": "Enviar",
        "form_close": "Cerrar",
        "no_form": "No se pudo abrir el formulario. Escríbeme aquí de qué se trata.",
        "home_title": "Tus solicitudes abiertas",
        "home_empty": "No hay nada abierto.",
        "with_us": "estamos en ello",
        "with_you": "esperamos tu respuesta",
        "writing": "está buscando una respuesta…",
    },
    "de": {
        "taken": "Weitergegeben. Die Antwort kommt in Ihren Direktnachrichten mit dieser App.",
        "form_title": "Unsere Leute fragen",
        "form_question": "Worum geht es?",
        "form_send": "Senden",
        "form_close": "Schließen",
        "no_form": "Das Formular ließ sich nicht öffnen. Schreiben Sie mir hier, worum es geht.",
        "home_title": "Ihre offenen Anfragen",
        "home_empty": "Es ist nichts offen.",
        "with_us": "wir sind dran",
        "with_you": "wir warten auf Ihre Antwort",
        "writing": "sucht eine Antwort…",
    },
    "fr": {
        "taken": "C'est transmis. Vous recevrez la réponse dans vos messages directs avec cette application.",
        "form_title": "Demander à l'équipe",
        "form_question": "De quoi s'agit-il ?",
        "form_send": "Envoyer",
        "form_close": "Fermer",
        "no_form": "Le formulaire n'a pas pu s'ouvrir. Écrivez-moi ici de quoi il s'agit.",
        "home_title": "Vos demandes en cours",
        "home_empty": "Rien n'est en cours.",
        "with_us": "nous nous en occupons",
        "with_you": "nous attendons votre réponse",
        "writing": "cherche une réponse…",
    },
    "pt": {
        "taken": "Encaminhado. A resposta chega nas suas mensagens diretas com este aplicativo.",
        "form_title": "Perguntar à equipe",
        "form_question": "Do que se trata?",
        "form_send": "Enviar",
        "form_close": "Fechar",
        "no_form": "Não foi possível abrir o formulário. Escreva-me aqui do que se trata.",
        "home_title": "Suas solicitações abertas",
        "home_empty": "Não há nada aberto.",
        "with_us": "estamos cuidando disso",
        "with_you": "aguardamos a sua resposta",
        "writing": "está procurando uma resposta…",
    },
    "ar": {
        "taken": "تم تمرير طلبك. ستصلك الإجابة في رسائلك المباشرة مع هذا التطبيق.",
        "form_title": "اسأل فريقنا",
        "form_question": "ما الموضوع؟",
        "form_send": "إرسال",
        "form_close": "إغلاق",
        "no_form": "تعذّر فتح النموذج. اكتب لي هنا ما الموضوع.",
        "home_title": "طلباتك المفتوحة",
        "home_empty": "لا توجد طلبات مفتوحة.",
        "with_us": "نحن نعمل عليه",
        "with_you": "ننتظر ردك",
        "writing": "يبحث عن إجابة…",
    },
}
"""By language, under the names of `Words`."""
