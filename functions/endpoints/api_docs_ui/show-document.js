// Shows the OpenAPI document. In a file of its own, since the page allows no scripts within itself.
// It begins at the first operation, ready to be tried. Where the page was given a token, it is signed in.
const element = document.getElementById("ui");

// The page asks for a token only; how tokens are fetched is for other tools.
function withoutTokenService(api) {
  delete api.components.securitySchemes.maskinporten;
  for (const operation of Object.values(api.paths).flatMap((path) => Object.values(path))) {
    operation.security = operation.security.filter((option) => !("maskinporten" in option));
  }
  return api;
}

function begin(page) {
  if (element.dataset.token) {
    page.preauthorizeApiKey("bearer", element.dataset.token);
  }
  const tag = api.tags[0].name;
  const first = Object.values(api.paths).flatMap((path) => Object.values(path)).find((each) => each.tags[0] === tag);
  if (!location.hash) {
    page.getSystem().layoutActions.show(["operations", tag, first.operationId], true);
  }
}

let api;
fetch("openapi.json")
  .then((answer) => answer.json())
  .then((found) => {
    api = withoutTokenService(found);
    const page = SwaggerUIBundle({
      spec: api,
      dom_id: "#ui",
      deepLinking: true,
      tryItOutEnabled: true,
      defaultModelsExpandDepth: 0, // hundreds of schemas stay folded below the operations
      validatorUrl: null,
      onComplete: () => begin(page),
    });
  });
