// Says why nothing happened where a part of the page could not be had: htmx puts no refusal in its place, and without this
// the page would only stay as it is. Without scripts the refusal is a page of its own.

// Found anew each time: a form that was sent brings another body.
const refusal = () => document.getElementById("refusal");

function say(text) {
  refusal().querySelector("p").textContent = text;
  refusal().hidden = false;
}

// True for what the visitor did: what a page asks for by itself, every few seconds, is refused in silence.
const asked = ({ detail }) => detail.requestConfig?.triggeringEvent?.isTrusted;

// What the page of a refusal says.
function reasonOf({ responseText }) {
  const page = new DOMParser().parseFromString(responseText, "text/html");
  return page.querySelector("main .notice")?.textContent.trim();
}

function hide() {
  refusal().hidden = true;
}

document.addEventListener("htmx:responseError", (event) => {
  if (asked(event)) say(reasonOf(event.detail.xhr) || refusal().dataset.otherwise);
});
document.addEventListener("htmx:sendError", (event) => asked(event) && say(refusal().dataset.away));
document.addEventListener("htmx:beforeRequest", (event) => asked(event) && hide());
document.addEventListener("click", (event) => event.target.closest?.("#refusal button") && hide());
document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
