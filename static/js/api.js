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

follow();
dark.addEventListener("change", follow);
SwaggerUIBundle({
  url: schema,
  domNode: root,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  presets: [SwaggerUIBundle.presets.apis],
  requestInterceptor: withToken,
  tryItOutEnabled: true,
  validatorUrl: null,
});
