// Stars are saved as they are chosen, and what does not interest goes; both can be taken back. Without this script the
// forms post.

const AFTER_KEYS_MS = 500; // arrow keys pass over the stars between: the one that they stop at is saved

// Hands what was said to site.js, which sends it until the server has it; true where it has it now.
function say(what) {
  const event = new CustomEvent("say", { detail: { what } });
  document.dispatchEvent(event);
  return event.detail.saved;
}

const starOf = (movie) => `/api/v1/movies/${movie}/star`;
const hiddenOf = (movie) => `/api/v1/movies/${movie}/hidden`;
const template = document.getElementById("opinion-form");
const movieOf = (form) => Number(form.elements.movie_id.value);
const everywhere = (movie) => document.querySelectorAll(`[data-opinion="${movie}"]`);

// The list that a card stands in, as its link has it.
function sourceOf(form) {
  const link = form.closest(".card")?.querySelector("a[data-model]");
  const { model, rankClicked, listId } = link?.dataset ?? {};
  return model ? { model, rank: Number(rankClicked), list_id: listId ?? "" } : {};
}

// A card gets its form when it is opened: a page of cards would be twice as heavy with one in each.
function fill(opinion) {
  const body = opinion.querySelector(".opinion-body");
  if (!body || body.querySelector("form")) return;
  const form = template.content.querySelector("form").cloneNode(true);
  const title = opinion.closest(".card").querySelector(".caption b").textContent;
  form.elements.movie_id.value = opinion.dataset.opinion;
  form.querySelector("legend").textContent = template.dataset.legend.replace("{title}", title);
  body.replaceChildren(form);
  showStar(Number(opinion.dataset.opinion), Number(opinion.dataset.star ?? 0), [opinion]);
}

// Wider than its card, and so moved to where the window has room for it, or the lists side by side, which scroll; a sheet
// at the foot of a phone has its place.
function place(body) {
  body.style.translate = "none";
  if (getComputedStyle(body).position === "fixed") return;
  const { left, right } = body.getBoundingClientRect();
  const lists = body.closest(".compare");
  const room = lists?.getBoundingClientRect() ?? { left: 8, right: document.documentElement.clientWidth - 8 };
  body.style.translate = `${Math.max(room.left - left, Math.min(0, room.right - right))}px 0`;
  if (lists) body.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function showStar(movie, star, where = everywhere(movie)) {
  for (const each of where) {
    const own = each.querySelector(".own");
    own?.firstElementChild.replaceChildren(star ? "★" : "☆");
    own?.lastChild.replaceWith(` ${star ? star / 2 : template.dataset.none}`);
    own?.classList.toggle("mean", star > 0);
    each.dataset.star = star;
    const form = each.querySelector("form");
    if (!form) continue;
    form.querySelectorAll("[name=star]").forEach((radio) => (radio.checked = Number(radio.value) === star));
    form.querySelector(".unstar").hidden = !star;
    form.querySelector(".told").textContent = star ? `${star / 2} / 5` : "";
  }
}

function showHidden(movie, hidden, form) {
  for (const each of everywhere(movie)) {
    const card = each.closest(".card");
    each.querySelector(".hide")?.setAttribute("aria-pressed", hidden);
    if (!card) continue;
    each.open = false;
    card.classList.toggle("is-hidden", hidden);
    if (hidden && !card.querySelector(".hidden-note")) each.after(template.content.querySelector(".hidden-note").cloneNode(true));
    if (card.contains(form)) card.querySelector(hidden ? ".unhide" : ".opinion summary").focus();
  }
}

async function save(form, what) {
  const saved = await say({ movie_id: movieOf(form), ...sourceOf(form), ...what });
  const told = form.querySelector(".told");
  if (!saved) told.textContent = told.dataset.unsaved;
  form.dataset.said = "";
}

function saveStar(form, star) {
  const movie = movieOf(form);
  showStar(movie, star);
  return save(form, { to: starOf(movie), ...(star ? { method: "PUT", star } : { method: "DELETE" }) });
}

function saveHidden(form, hidden) {
  const movie = movieOf(form);
  showHidden(movie, hidden, form);
  return save(form, { to: hiddenOf(movie), method: hidden ? "PUT" : "DELETE" });
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
  const opened = event.target.closest?.("details.opinion summary");
  if (opened) fill(opened.parentElement); // before keys go on into it; a toggle is told later
  const undo = event.target.closest?.(".unhide");
  if (undo) {
    const opinion = undo.closest(".card").querySelector("[data-opinion]");
    fill(opinion);
    saveHidden(opinion.querySelector("form"), false);
  }
  const open = document.querySelector("details.opinion[open]");
  if (open && !open.contains(event.target)) open.open = false;
}

function onToggle(event) {
  const opinion = event.target;
  if (!opinion.matches?.("details.opinion")) return;
  if (opinion.open) {
    fill(opinion);
    place(opinion.querySelector(".opinion-body"));
  } else renew(opinion);
}

// A model's list is made anew once the visitor has said what they wanted to say of one of its movies; lists side by side
// stay, to be compared.
function renew(opinion) {
  const form = opinion.querySelector("[data-said]");
  if (!form || !sourceOf(form).model || opinion.closest(".compare")) return;
  const inside = opinion.contains(document.activeElement);
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
