// The preview below a review's text in the admin: what the page's own renderer makes of it, a moment after each change.

const WAIT_MS = 400;

function start() {
  const panel = document.querySelector("[data-preview]");
  const source = document.querySelector("textarea.review-source");
  if (!panel || !source) return;
  const language = document.querySelector("select[name=language]");
  const problem = panel.querySelector(".problem");
  let timer = null;
  let newest = 0;

  async function show() {
    const mine = ++newest;
    const body = new FormData();
    body.append("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    body.append("body", source.value);
    body.append("language", language?.value || "ko");
    let told;
    try {
      const response = await fetch(panel.dataset.preview, { method: "POST", body });
      if (!response.ok) throw new Error(response.status);
      told = await response.json();
    } catch (error) {
      told = { problem: String(error) };
    }
    if (mine !== newest) return; // a later one was asked for meanwhile
    problem.textContent = told.problem;
    problem.hidden = !told.problem;
    if (told.html !== undefined) panel.querySelector(".review").innerHTML = told.html; // sanitised by the server
  }

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(show, WAIT_MS);
  };
  source.addEventListener("input", soon);
  language?.addEventListener("change", soon);
  show();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
