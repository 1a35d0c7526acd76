// A passkey that could not be used: allauth's scripts only tell the console, people are told here.
document.addEventListener("allauth.error", (event) => {
  const told = document.getElementById("key-told");
  event.preventDefault();
  told.hidden = false;
});
