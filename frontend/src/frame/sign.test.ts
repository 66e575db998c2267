import { describe, expect, it } from "vitest";

import type { Entry } from "../sync/entry";
import type { OutboxState } from "../sync/outbox";
import { signWords } from "./SyncSign";

const entry = (state: Entry["state"]): Entry => ({
  id: crypto.randomUUID(),
  person: 1,
  project: 1,
  operation: { id: "1", kind: "checked" },
  effects: [],
  text: "",
  state,
  detail: "",
  theirs: [],
  at: 0,
});
const says = (change: Partial<OutboxState>): string =>
  signWords({ entries: [], sending: "idle", kept: true, ...change }).text;

describe("the sign", () => {
  it("does not say Saved before it has looked", () => {
    expect(says({ sending: "opening" })).toBe("Checking");
  });

  it("says Saved only when nothing waits and nothing needs a person", () => {
    expect(says({})).toBe("Saved");
    expect(says({ entries: [entry("waiting")] })).toBe("1 waiting");
    expect(says({ entries: [entry("conflict")] })).toBe("1 needs you");
  });

  it("says why marks wait", () => {
    expect(says({ sending: "offline", entries: [entry("waiting"), entry("waiting")] })).toBe("Offline · 2 waiting");
    expect(says({ sending: "signed-out", entries: [entry("waiting")] })).toBe("Signed out · 1 waiting");
    expect(says({ kept: false, entries: [entry("waiting")] })).toContain("not kept on this device");
  });
});
