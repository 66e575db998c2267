import { expect, test } from "vitest";

import type { Project } from "../../api/types";
import { changesOf, shownOf, without } from "./draft";

const PROJECT = {
  name: "Harbour",
  description: "",
  backbone: "tf_efficientnet_lite0",
  image_size: 320,
  queue_mode: "informative",
  allow_closing: true,
  auto_retrain: true,
  lease_seconds: 600,
  retrain_after_marks: 20,
  retrain_after_minutes: 10,
  wanted_precision: 0.95,
  audit_share: 0.02,
} as Project;

test("only what was changed is sent, and what was put back by hand is not", () => {
  expect(changesOf(PROJECT, {})).toEqual({});
  expect(changesOf(PROJECT, { name: "Quay", lease_seconds: "600", allow_closing: false })).toEqual({
    name: "Quay",
    allow_closing: false,
  });
});

test("percentages are shown as typed and sent as shares", () => {
  expect(shownOf(PROJECT).audit_share).toBe("2");
  expect(changesOf(PROJECT, { audit_share: "2.5", wanted_precision: "97,5" })).toEqual({
    audit_share: 0.025,
    wanted_precision: 0.975,
  });
});

test("an empty field and half a number are sent as they are, never as 0", () => {
  expect(changesOf(PROJECT, { lease_seconds: "", image_size: "12x" })).toEqual({
    lease_seconds: "",
    image_size: "12x",
  });
});

test("what was typed while the rest was saved is kept", () => {
  expect(without({ name: "Quay side", lease_seconds: "900" }, { name: "Quay", lease_seconds: "900" })).toEqual({
    name: "Quay side",
  });
});
