// Words, dates and direction of one language. LOCALES is filled in by web/chat/bundle.py.

const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur"]);

/** The best language we have for what the page or the browser asks for. */
export function chooseLanguage(wanted) {
  const asked = [wanted, document.documentElement.lang, ...navigator.languages, "en"];
  for (const tag of asked) {
    const language = (tag || "").toLowerCase().split("-")[0];
    if (language in LOCALES) return language;
  }
  return "en";
}

export class Texts {
  constructor(language) {
    this.language = language;
    this.direction = RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr";
    this.words = LOCALES[language];
    this.clock = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
    this.full = new Intl.DateTimeFormat(language, {
      weekday: "long", day: "numeric", month: "long", year: "numeric",
      hour: "numeric", minute: "2-digit", timeZoneName: "short",
    });
    this.day = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short" });
    this.moment = new Intl.DateTimeFormat(language, {
      weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit",
    });
    this.relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  }

  say(key, values = {}) {
    return this.words[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  }

  /** A file's size in the unit that fits. */
  size(bytes) {
    const [unit, count] = bytes < 1024 * 1024 ? ["kilobyte", Math.max(1, bytes / 1024)] : ["megabyte", bytes / 1024 / 1024];
    return new Intl.NumberFormat(this.language, { style: "unit", unit, maximumFractionDigits: unit === "megabyte" ? 1 : 0 }).format(count);
  }

  /** "today", "yesterday" or a date: the line between two days of a conversation. */
  dayOf(date, now) {
    const days = Math.round((midnight(date) - midnight(now)) / 86_400_000);
    const words = days >= -1 && days <= 0 ? this.relative.format(days, "day") : this.day.format(date);
    return words.charAt(0).toLocaleUpperCase(this.language) + words.slice(1);
  }

  /** A time to come: the clock alone if it is today. */
  until(date, now) {
    return midnight(date) === midnight(now) ? this.clock.format(date) : this.moment.format(date);
  }
}

function midnight(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
