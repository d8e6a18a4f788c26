// Stars are saved as they are chosen, and what does not interest goes; both can be taken back. Without this script the
// forms post.

const AFTER_KEYS_MS = 500; // arrow keys pass over the stars between: the one that they stop at is saved

// Hands what was said to site.js, which sends it until the server has it; true where it has it now.
function say(what) {
  const event = new CustomEvent("say", { detail: { what } });
  document.dispatchEvent(event);
  return event.detail.saved;
}

const movieOf = (form) => Number(form.elements.movie_id.value);
const everywhere = (movie) => document.querySelectorAll(`[data-opinion="${movie}"]`);

function sourceOf(form) {
  const { model, rankClicked, listId } = form.dataset;
  return model ? { model, rank: Number(rankClicked), list_id: listId ?? "" } : {};
}

function showStar(movie, star) {
  for (const each of everywhere(movie)) {
    const own = each.querySelector(".own");
    if (own) own.textContent = star ? `★ ${star / 2}` : own.dataset.none;
    own?.classList.toggle("mean", star > 0);
    each.querySelectorAll("[name=star]").forEach((radio) => (radio.checked = Number(radio.value) === star));
    each.querySelector(".unstar").hidden = !star;
    each.querySelector(".told").textContent = star ? `${star / 2} / 5` : "";
  }
}

function showHidden(movie, hidden) {
  for (const each of everywhere(movie)) {
    const card = each.closest(".card");
    const button = each.querySelector(".hide");
    button.setAttribute("aria-pressed", hidden);
    if (!card) continue;
    each.open = false;
    card.classList.toggle("is-hidden", hidden);
    card.querySelector(hidden ? ".unhide" : ".opinion summary").focus();
  }
}

async function save(form, what) {
  const saved = await say({ movie_id: movieOf(form), ...sourceOf(form), ...what });
  const told = form.querySelector(".told");
  if (!saved) told.textContent = told.dataset.unsaved;
  form.dataset.said = "";
}

function saveStar(form, star) {
  showStar(movieOf(form), star);
  const said = star ? { star } : { remove: "1" };
  return save(form, { to: form.getAttribute("action"), ...said });
}

function saveHidden(form, hidden) {
  showHidden(movieOf(form), hidden);
  return save(form, { to: hidden ? form.dataset.hide : form.dataset.unhide });
}

let waiting = null; // a star that keys have come to, and its timer

function flush() {
  if (!waiting) return;
  const { timer, form, star } = waiting;
  clearTimeout(timer);
  waiting = null;
  saveStar(form, star);
}

let byKeys = false;

function onChange(event) {
  const form = event.target.closest?.(".opinion-form");
  if (!form || event.target.name !== "star") return;
  const star = Number(event.target.value);
  if (waiting && waiting.form !== form) flush();
  clearTimeout(waiting?.timer);
  waiting = { form, star, timer: setTimeout(flush, AFTER_KEYS_MS) };
  if (!byKeys) flush();
}

function onSubmit(event) {
  const form = event.target.closest?.(".opinion-form");
  if (!form) return;
  event.preventDefault();
  const button = event.submitter;
  clearTimeout(waiting?.timer);
  waiting = null;
  if (button?.matches(".hide")) saveHidden(form, button.getAttribute("aria-pressed") !== "true");
  else if (button?.matches(".unstar")) saveStar(form, 0);
  else if (form.elements.star.value) saveStar(form, Number(form.elements.star.value));
}

function onClick(event) {
  const undo = event.target.closest?.(".unhide");
  if (undo) saveHidden(undo.closest(".card").querySelector(".opinion-form"), false);
  const open = document.querySelector("details.opinion[open]");
  if (open && !open.contains(event.target)) open.open = false;
}

// A model's list is made anew once the visitor has said what they wanted to say of one of its movies.
function onToggle(event) {
  const form = !event.target.open && event.target.matches?.("details.opinion") && event.target.querySelector("[data-said]");
  if (!form || !form.dataset.model) return;
  const inside = event.target.contains(document.activeElement);
  const list = { target: "#main", select: "#main", swap: "outerHTML show:none" };
  htmx.ajax("GET", location.pathname + location.search, list).then(() => inside && document.getElementById("main").focus());
}

document.addEventListener("keydown", (event) => (byKeys = event.key.startsWith("Arrow")), true);
document.addEventListener("pointerdown", () => (byKeys = false), true);
document.addEventListener("change", onChange);
document.addEventListener("submit", onSubmit);
document.addEventListener("click", onClick);
document.addEventListener("toggle", onToggle, true);
addEventListener("pagehide", flush);
