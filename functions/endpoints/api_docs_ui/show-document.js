// Shows the OpenAPI document. In a file of its own, since the page allows no scripts within itself.
SwaggerUIBundle({ url: "openapi.json", dom_id: "#ui", validatorUrl: null });
