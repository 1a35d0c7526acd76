// The look's form beside the live chat: what is typed is worn at once, and stored only by Save.

const form = document.querySelector("#look");
const chat = document.querySelector("#preview");
const fields = form.elements;

fields.picker.addEventListener("input", () => {
  fields.accent.value = fields.picker.value;
});
fields.accent.addEventListener("input", () => {
  if (/^#[0-9a-f]{6}$/i.test(fields.accent.value)) fields.picker.value = fields.accent.value;
});

function wear() {
  const greeting = {};
  for (const field of form.querySelectorAll("[name^='greeting_']")) {
    if (field.value.trim()) greeting[field.name.slice("greeting_".length)] = field.value.trim();
  }
  const asks = ["name", "email"].filter((name) => fields[`asks_${name}`].checked);
  chat.wear({
    title: fields.title.value || fields.title.placeholder,
    accent: fields.accent.value || fields.accent.placeholder,
    theme: fields.theme.value,
    greeting,
    asks_for: asks,
  });
}

customElements.whenDefined("threadline-chat").then(() => {
  // A preview: whoever fills in the form keeps the focus.
  if (innerWidth > 1100) chat.open("", { takesFocus: false });
  form.addEventListener("input", wear);
});
