// Uses the types that were generated, as a program would: the compiler checks them.

import type { components, operations, paths } from "./api";

type Key = components["schemas"]["ApiKey"];
type Refusal = operations["createApiKey"]["responses"][409]["content"]["application/json"];
type Made = paths["/v2/api-keys"]["post"]["responses"][200]["content"]["application/json"];

export const wanted: components["schemas"]["CreateApiKey"] = {
  name: "ci",
  scope: ["inference"],
  expires_in: 3600,
  metadata: { team: "search" },
};

export function value(answer: Made | Refusal): string | null {
  return "code" in answer ? answer.message : answer.value;
}

export function ends(key: Key): string | null {
  return key.status === "active" ? key.expires_at : key.revoked_at;
}

export const query: operations["listApiKeys"]["parameters"]["query"] = {
  page: -1,
  perPage: 10,
  status: "expired",
};
