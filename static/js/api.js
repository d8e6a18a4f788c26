// The page to try the API at. What is sent from it is sent as the visitor: by their cookies, with their CSRF token.

const root = document.getElementById("api");
const { schema, csrf } = root.dataset;
const dark = matchMedia("(prefers-color-scheme: dark)");

function follow() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

function withToken(request) {
  if (new URL(request.url, location.href).origin === location.origin) request.headers["X-CSRFToken"] = csrf;
  return request;
}

// What Swagger UI makes that nobody can hear: a link within a button, and a second h1 before its h3.
const heard = ({ React: { createElement } }) => ({
  wrapComponents: {
    DeepLink: () => ({ text }) => createElement("span", { className: "nostyle" }, text),
    OAS31Info: () => ({ getComponent, specSelectors }) =>
      createElement(
        "div",
        { className: "info" },
        createElement("h2", { className: "title" }, `${specSelectors.selectInfoTitleField()} ${specSelectors.version()}`),
        createElement(getComponent("Markdown", true), { source: specSelectors.selectInfoDescriptionField() }),
      ),
  },
});

// And what it gives no name, or no way to scroll by keys.
const parameterOf = (field) => field.closest("[data-param-name]").dataset.paramName;
const NAMES = {
  "[data-param-name] :is(input, select, textarea)": parameterOf,
  ".body-param__text": () => "Request body",
  ".examples-select-element": () => "Example",
  ".copy-to-clipboard button:not([aria-label])": () => "Copy",
};

function complete() {
  for (const [selector, name] of Object.entries(NAMES)) {
    root.querySelectorAll(selector).forEach((each) => each.setAttribute("aria-label", name(each)));
  }
  root.querySelectorAll("pre").forEach((each) => (each.tabIndex = 0));
}

follow();
dark.addEventListener("change", follow);
new MutationObserver(complete).observe(root, { childList: true, subtree: true });
SwaggerUIBundle({
  url: schema,
  domNode: root,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  plugins: [heard],
  presets: [SwaggerUIBundle.presets.apis],
  requestInterceptor: withToken,
  syntaxHighlight: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
