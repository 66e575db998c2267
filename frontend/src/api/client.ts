/**
 * The typed client. Paths, parameters and bodies are checked against the server's schema:
 *
 *     const project = await unwrap(api.GET("/api/projects/{project}/", { params: { path: { project: 3 } } }));
 */
import createClient from "openapi-fetch";

import type { paths } from "./schema";

let csrf = "";

/** Remember the token that unsafe requests must carry; every answer of session/ brings a fresh one. */
export function rememberCsrf(token: string): void {
  csrf = token;
}

/** The token for requests that are made without the client (uploads with progress). */
export function csrfToken(): string {
  return csrf;
}

export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });

api.use({
  onRequest({ request }) {
    if (request.method !== "GET") request.headers.set("X-CSRFToken", csrf);
    return request;
  },
});
