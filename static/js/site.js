// Logs clicks without holding up the navigation, keeps the history panel true, and mends broken posters.
// Without this script the site works: pages link, forms post.

const CLICKS = "/api/v1/clicks";
const QUEUE = "unsent-clicks"; // clicks that no page has shown yet, oldest first; `logged` once the server has them
const ACCOUNT = "account"; // who was signed in when the last page was shown, as the page says it; "" for nobody
const HOLD = "hold-until"; // no click is sent before this time, by this browser's clock: the server had too many
const CLOCK = "clock-offset"; // server time minus this browser's, in milliseconds, once the server complained
const SKEW_MS = 5 * 60 * 1000; // a clock that is off by less made no id that the server refuses
const SAME_CLICK_MS = 1000; // a second click on the same poster within this time is a double-click
const TIMEOUT_MS = 8000;
const AGAIN_MS = 2500; // a little longer than the server's Retry-After

function stored(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function store(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage is off or full: clicks are still sent, only not sent again.
  }
}

// A UUIDv7 (RFC 9562): 48 bits of time, then random bits; made here so that sending again is the same event.
function eventId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let time = Date.now() + stored(CLOCK, 0);
  for (let i = 5; i >= 0; i--) {
    bytes[i] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

const timeOf = (id) => parseInt(id.replaceAll("-", "").slice(0, 12), 16);
const stamped = () => ({ event_id: eventId(), clock: stored(CLOCK, 0) });

// Whether a refused id is of a wrong clock, so new to the server under another. By a right one the click is older than
// the server takes, and may have been logged then: as a new one it would be there twice.
const isSkewed = ({ event_id, clock = 0 }, now) =>
  Math.abs(now - Date.now() - clock) > SKEW_MS || timeOf(event_id) > now;

const csrfToken = () => document.querySelector("[name=csrfmiddlewaretoken]").value;
const same = (one, other) => one.event_id === other.event_id;
const forget = (click) => store(QUEUE, stored(QUEUE, []).filter((other) => !same(other, click)));
const markLogged = (click) =>
  store(QUEUE, stored(QUEUE, []).map((other) => (same(other, click) ? { ...other, logged: true } : other)));

// How the API is told: whose movie it is stands in the address where it has one, and a DELETE has no body.
function asRequest({ to = CLICKS, method = "POST", logged, clock, movie_id, ...rest }) {
  const said = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== ""));
  if (method === "DELETE") return { address: `${to}?${new URLSearchParams(said)}`, method };
  return { address: to, method, body: JSON.stringify(to.includes(`/${movie_id}/`) ? said : { movie_id, ...said }) };
}

// True where the server has decided about the click: accepted, or refused for good.
async function send(click) {
  if (Date.now() < stored(HOLD, 0)) return false;
  const { address, method, body } = asRequest(click);
  const response = await fetch(address, {
    method,
    body,
    keepalive: true,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
  });
  if (response.status === 422) {
    const { now } = await response.json();
    if (now && isSkewed(click, now)) {
      store(CLOCK, now - Date.now());
      forget(click);
      const again = { ...click, ...stamped() };
      store(QUEUE, [...stored(QUEUE, []), again]);
      return false;
    }
  }
  if (response.status === 429) {
    const wait = 1000 * (Number(response.headers.get("Retry-After")) || 60);
    store(HOLD, Date.now() + wait);
    setTimeout(catchUp, wait);
  }
  const refused = [400, 404, 422].includes(response.status);
  if (response.ok) markLogged(click);
  if (refused) forget(click);
  return response.ok || refused;
}

let last = { movie: null, at: 0 };

function logClick(link) {
  const movie = Number(link.dataset.logClick);
  if (movie === last.movie && Date.now() - last.at < SAME_CLICK_MS) return;
  last = { movie, at: Date.now() };
  const click = { ...stamped(), movie_id: movie, page_url: location.pathname };
  const { model, rankClicked, listId } = link.dataset; // where a recommendation was clicked: whose, which, of which list
  if (model) Object.assign(click, { model, rank: Number(rankClicked), list_id: listId ?? "" });
  store(QUEUE, [...stored(QUEUE, []), click]);
  send(click).catch(() => {}); // the next page sends what this one could not
}

function onClick(event) {
  const link = event.target.closest?.("a[data-log-click]");
  if (link && event.button < 2) logClick(link);
}

const shown = (id) => document.querySelector(`[data-event-id="${id}"]`) !== null;

// A click is sent as its page goes away, so the next page may be drawn before it is logged, though its answer may come
// before that page is there. That page sends again what has no answer yet, and asks for the panel anew where it misses one.
async function catchUp({ refresh = false } = {}) {
  const waiting = stored(QUEUE, []);
  const missing = waiting.filter((click) => !shown(click.event_id));
  waiting.filter((click) => click.logged || shown(click.event_id)).forEach(forget);
  for (const click of missing.filter((click) => !click.logged)) {
    try {
      if (!(await send(click))) break;
      forget(click); // the panel below shows it
    } catch {
      break;
    }
  }
  if (refresh || missing.length) await refreshPanel();
}

async function refreshPanel() {
  if (!document.getElementById("history-panel")) return;
  const next = encodeURIComponent(location.pathname + location.search);
  await htmx.ajax("GET", `/movie/history/panel/?next=${next}`, { target: "#history-panel", swap: "outerHTML" });
}

const opinionOf = (movie) => (other) => other.to && other.movie_id === movie;
let saying = Promise.resolve();

// A star, its removal, or what does not interest; `to`, `method`: how the API is told. True where the server has it by
// now, else it is sent again. One after the other, and the newest of a movie replaces what was not sent yet: none
// overtakes another.
function say(what) {
  const opinion = { ...stamped(), page_url: location.pathname, ...what };
  const isSame = opinionOf(opinion.movie_id);
  store(QUEUE, [...stored(QUEUE, []).filter((other) => !isSame(other)), opinion]);
  saying = saying.then(async () => {
    await catchUp({ refresh: true });
    const left = stored(QUEUE, []).some(isSame);
    if (left) setTimeout(catchUp, AGAIN_MS);
    return !left;
  });
  return saying;
}

function mendPoster(image) {
  if (image.dataset?.drawn && image.src !== image.dataset.drawn) {
    image.src = image.dataset.drawn;
    delete image.dataset.drawn;
  }
}

// Escape closes what lies over the page, and gives the focus back to what opened it.
function closeOpen(event) {
  const open = event.key === "Escape" && document.querySelector("details.why[open], details.opinion[open], details.menu[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
}

// The menu lies over the page, and goes when something else is clicked or focused.
function leaveMenu(event) {
  const menu = document.querySelector("details.menu[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
}

// What somebody clicked while signed in is theirs: once they signed out, on whichever page, nobody else sends it.
function leaveNothing() {
  const now = document.querySelector("meta[name=account]")?.content ?? "";
  const before = stored(ACCOUNT, "");
  if (before && before !== now) store(QUEUE, []);
  if (before !== now) store(ACCOUNT, now);
}

leaveNothing();
document.addEventListener("click", onClick);
document.addEventListener("say", (event) => (event.detail.saved = say(event.detail.what)));
document.addEventListener("keydown", closeOpen);
document.addEventListener("click", leaveMenu);
document.addEventListener("focusin", leaveMenu);
document.addEventListener("auxclick", onClick);
document.addEventListener("error", (event) => event.target instanceof HTMLImageElement && mendPoster(event.target), true);
document.querySelectorAll("img[data-drawn]").forEach((image) => image.complete && !image.naturalWidth && mendPoster(image));
addEventListener("pageshow", (event) => event.persisted && catchUp({ refresh: true }));
catchUp();
