// Carries out what django-unfold's templates say in their Alpine attributes, without `eval`: so that the settings need no
// 'unsafe-eval'. It knows only the operators, names and members those templates use: markup that gets into a page by a
// fault of ours can say no more than they do. Nothing of our own is written in it.
"use strict";
{
  const TOKEN = /\s*(?:('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(\d+(?:\.\d+)?)|([A-Za-z_$][\w$]*)|(===|!==|=>|==|!=|<=|>=|&&|\|\||[-+!?:.,;=<>(){}[\]]))/y;
  const WORDS = { true: true, false: false, null: null, undefined: undefined };
  const MEMBERS = new Set(
    ("value blur focus includes length target tagName toLowerCase metaKey ctrlKey getItem setItem " +
      "title description link favorite location pathname search").split(" "),
  );
  const GLOBALS = {
    // To be read: an address cannot be set through it.
    get window() {
      const { pathname, search } = window.location;
      return { location: { pathname, search } };
    },
    get localStorage() { return window.localStorage; },
    get theme() { return theme; },
    get searchForm() { return searchForm; },
    get searchDropdown() { return searchDropdown; },
    get searchCommand() { return searchCommand; },
    get sortRecords() { return sortRecords; },
    get moveRecords() { return moveRecords; },
    get getCurrentTab() { return getCurrentTab; },
  };
  const BINARY = [
    { "||": (a, b) => a() || b() },
    { "&&": (a, b) => a() && b() },
    {
      "===": (a, b) => a() === b(), "!==": (a, b) => a() !== b(),
      "==": (a, b) => a() == b(), "!=": (a, b) => a() != b(),
    },
    {
      "<": (a, b) => a() < b(), ">": (a, b) => a() > b(),
      "<=": (a, b) => a() <= b(), ">=": (a, b) => a() >= b(),
    },
    { "+": (a, b) => a() + b(), "-": (a, b) => a() - b() },
  ];

  class Unreadable extends Error {}

  function tokens(text) {
    const found = [];
    TOKEN.lastIndex = 0;
    const end = text.trimEnd().length;
    while (TOKEN.lastIndex < end) {
      const at = TOKEN.lastIndex;
      const match = TOKEN.exec(text);
      if (!match) throw new Unreadable(`${text}: at ${at}`);
      const [, string, number, name, sign] = match;
      if (string !== undefined) found.push({ value: string.slice(1, -1).replace(/\\(.)/g, "$1") });
      else if (number !== undefined) found.push({ value: Number(number) });
      else found.push(name === undefined ? { sign } : { name });
    }
    return found;
  }

  // Who has this name: what a function was given, then the component's own names, then the few global ones.
  function holder(names, name) {
    if (name in Object.prototype) throw new Unreadable(name);
    return names.find((one) => name in one);
  }

  // Reads tokens into functions of the names; what can be assigned to or called has `set` and `on` beside.
  class Reader {
    constructor(text) {
      this.left = tokens(text);
      this.text = text;
    }

    sees(sign, ahead = 0) { return this.left[ahead]?.sign === sign; }
    takes(sign) { return this.sees(sign) ? this.left.shift() : undefined; }
    must(sign) { if (!this.takes(sign)) throw new Unreadable(`${this.text}: ${sign}`); }
    name() {
      const { name } = this.left.shift() ?? {};
      if (name === undefined) throw new Unreadable(`${this.text}: a name`);
      return name;
    }

    whole() {
      const all = this.statements(() => this.left.length === 0);
      return (names) => all.reduce((_, one) => one(names), undefined);
    }

    statements(ended) {
      const all = [];
      while (!ended()) {
        if (this.takes(";")) continue;
        all.push(this.statement());
        if (!ended() && !this.sees(";") && !this.closed) this.must(";");
        this.closed = false;
      }
      return all;
    }

    statement() {
      if (this.left[0]?.name !== "if") return this.expression();
      this.left.shift();
      this.must("(");
      const asked = this.expression();
      this.must(")");
      const then = this.block();
      let otherwise = () => undefined;
      if (this.left[0]?.name === "else") {
        this.left.shift();
        otherwise = this.block();
      }
      return (names) => (asked(names) ? then(names) : otherwise(names));
    }

    block() {
      if (!this.takes("{")) return this.statement();
      const all = this.statements(() => this.sees("}"));
      this.must("}");
      this.closed = true;
      return (names) => all.reduce((_, one) => one(names), undefined);
    }

    expression() {
      if (this.left[0]?.name && this.sees("=>", 1)) return this.arrow();
      const first = this.choice();
      if (!this.takes("=")) return first;
      if (!first.set) throw new Unreadable(`${this.text}: =`);
      const value = this.expression();
      return (names) => first.set(names, value(names));
    }

    arrow() {
      const name = this.name();
      this.must("=>");
      const body = this.expression();
      return (names) => (given) => body([{ [name]: given }, ...names]);
    }

    choice() {
      const asked = this.binary(0);
      if (!this.takes("?")) return asked;
      const yes = this.expression();
      this.must(":");
      const no = this.expression();
      return (names) => (asked(names) ? yes(names) : no(names));
    }

    binary(level) {
      if (level === BINARY.length) return this.unary();
      let first = this.binary(level + 1);
      for (let sign; (sign = this.left[0]?.sign) in BINARY[level];) {
        this.left.shift();
        const [a, b, both] = [first, this.binary(level + 1), BINARY[level][sign]];
        first = (names) => both(() => a(names), () => b(names));
      }
      return first;
    }

    unary() {
      if (!this.takes("!")) return this.member();
      const value = this.unary();
      return (names) => !value(names);
    }

    member() {
      let it = this.primary();
      for (;;) {
        if (this.takes(".")) it = this.dotted(it, this.name());
        else if (it.named === "$refs" && this.takes("[")) it = this.chosen(it);
        else if (this.takes("(")) it = this.called(it, this.listed(")"));
        else return it;
      }
    }

    dotted(of, name) {
      // A reference is an element that a template has named itself.
      if (!MEMBERS.has(name) && of.named !== "$refs") throw new Unreadable(`${this.text}: ${name}`);
      const it = (names) => of(names)[name];
      it.on = (names) => of(names);
      it.set = (names, value) => (of(names)[name] = value);
      return it;
    }

    chosen(of) {
      const name = this.expression();
      this.must("]");
      return (names) => of(names)[String(name(names))];
    }

    called(it, given) {
      return (names) => it(names).apply(it.on?.(names), given.map((one) => one(names)));
    }

    listed(end) {
      const all = [];
      while (!this.takes(end)) {
        all.push(this.expression());
        if (!this.sees(end)) this.must(",");
      }
      return all;
    }

    primary() {
      if (this.takes("(")) {
        const inner = this.expression();
        this.must(")");
        return inner;
      }
      if (this.takes("[")) {
        const all = this.listed("]");
        return (names) => all.map((one) => one(names));
      }
      if (this.takes("{")) return this.record();
      const token = this.left.shift() ?? {};
      if ("value" in token) return () => token.value;
      if (token.name === undefined) throw new Unreadable(this.text);
      if (Object.hasOwn(WORDS, token.name)) return () => WORDS[token.name];
      return this.named(token.name);
    }

    named(name) {
      const it = (names) => {
        const found = holder(names, name);
        if (!found) throw new Unreadable(`${this.text}: ${name}`);
        return found[name];
      };
      it.named = name;
      it.on = (names) => holder(names.slice(0, -1), name);
      // What nobody has becomes a name of the component's, the last but the global ones.
      it.set = (names, value) => ((holder(names.slice(0, -1), name) ?? names.at(-2))[name] = value);
      return it;
    }

    record() {
      const all = [];
      while (!this.takes("}")) {
        const { name, value } = this.left.shift() ?? {};
        this.must(":");
        all.push([name ?? value, this.expression()]);
        if (!this.sees("}")) this.must(",");
      }
      return (names) => Object.fromEntries(all.map(([key, value]) => [key, value(names)]));
    }
  }

  const read = new Map();
  function reading(text) {
    if (!read.has(text)) read.set(text, new Reader(text).whole());
    return read.get(text);
  }

  // Alpine's own contract: an evaluator of an element and an expression gives a function that hands on the value.
  function evaluator(el, expression) {
    return (receive = () => {}, { scope = {}, params = [] } = {}) => {
      const own = window.Alpine.mergeProxies([scope, ...window.Alpine.closestDataStack(el)]);
      const say = typeof expression === "function" ? expression : () => reading(expression)([own, GLOBALS]);
      let value = say.apply(own, params);
      if (typeof value === "function" && say !== expression) value = value.apply(own, params);
      receive(value);
    };
  }

  document.addEventListener("alpine:init", () => {
    window.Alpine.setEvaluator(evaluator);
    // A style said as text would be an attribute, which the policy refuses; said as properties it is none.
    for (const bar of document.querySelectorAll("#changelist-actions[x-bind\\:style]")) {
      bar.setAttribute("x-bind:style", "{width: changeListWidth + 'px'}");
    }
  });
  Object.assign(window.htmx.config, {
    includeIndicatorStyles: false, allowEval: false, allowScriptTags: false, selfRequestsOnly: true, historyCacheSize: 0,
  });
  window.expressions = { reading };
}
