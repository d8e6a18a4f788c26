// The suggestions under the search box, by keyboard: ↓ ↑ choose, Enter opens, Escape closes. Without this script the
// form leads to the page of results.

const box = document.getElementById("search-box");
const list = document.getElementById("suggestions");
const options = () => [...list.querySelectorAll("a[role=option]")];
const chosen = () => list.querySelector("[aria-selected=true]");

function open(yes) {
  list.hidden = !yes;
  box.setAttribute("aria-expanded", String(yes));
  if (!yes) choose(null);
}

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) box.setAttribute("aria-activedescendant", option.id);
  else box.removeAttribute("aria-activedescendant");
}

function move(step) {
  const all = options();
  if (!all.length) return;
  if (list.hidden) open(true);
  const at = all.indexOf(chosen());
  choose(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length]);
}

function onKey(event) {
  if (event.isComposing) return; // the keys belong to the Korean input method until the syllable is done
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Escape" && !list.hidden) {
    event.preventDefault();
    open(false);
  } else if (event.key === "Enter" && chosen()) {
    event.preventDefault();
    chosen().click();
  }
}

// An answer that comes when the visitor has left the box, or emptied it, opens nothing.
list.addEventListener("htmx:afterSwap", () => {
  choose(null);
  open(document.activeElement === box && box.value.trim() !== "" && list.childElementCount > 0);
});
box.addEventListener("keydown", onKey);
box.addEventListener("input", () => box.value.trim() || open(false));
box.addEventListener("focus", () => box.value.trim() && options().length && open(true));
document.addEventListener("focusin", (event) => box.form.contains(event.target) || open(false));
document.addEventListener("pointerdown", (event) => box.form.contains(event.target) || open(false));
