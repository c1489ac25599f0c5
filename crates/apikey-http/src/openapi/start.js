"use strict";
// What people look for: HEAD and OPTIONS are the same everywhere.
function withoutRepetition(description) {
  for (const path of Object.values(description.paths)) {
    delete path.head;
    delete path.options;
  }
  return description;
}

fetch("openapi.json")
  .then((answer) => answer.json())
  .then((description) =>
    SwaggerUIBundle({
      spec: withoutRepetition(description),
      dom_id: "#viewer",
      deepLinking: true,
      docExpansion: "list",
      validatorUrl: null,
    }),
  )
  .catch((error) => {
    document.getElementById("viewer").textContent =
      `The description could not be loaded: ${error.message}`;
  });
