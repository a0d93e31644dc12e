// The API to read and to try: what /docs shows.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger",
  deepLinking: true,
  validatorUrl: null, // no other host is asked whether the document is right
  persistAuthorization: false,
});
