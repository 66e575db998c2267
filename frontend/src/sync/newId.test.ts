import { afterEach, expect, test, vi } from "vitest";

import { newId } from "./newId";

const UUID_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

afterEach(() => vi.unstubAllGlobals());

test("an id is a random UUID, with the browser's help and without it", () => {
  const own = crypto;
  expect(newId()).toMatch(UUID_4);
  vi.stubGlobal("crypto", { getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => own.getRandomValues(bytes) });
  const ids = Array.from({ length: 100 }, newId);
  for (const id of ids) expect(id).toMatch(UUID_4);
  expect(new Set(ids).size).toBe(100);
});
