/**
 * What may import what. A room is a folder of `src`; it knows the rooms below it, never one above. A screen knows no
 * other screen, and a part no other part: what two screens share is a part, or lives in a room below.
 */
import { expect, test } from "vitest";

/** From the ground up. `.` is what stands in `src` itself: the table of addresses and the providers around it. */
const FLOORS = [
  "styles",
  "api",
  "prefs",
  "ui",
  "keys",
  "coach",
  "sync",
  "live",
  "frame",
  "parts",
  "screens",
  ".",
] as const;
/** Rooms whose folders do not know each other. */
const DIVIDED: readonly string[] = ["parts", "screens"];

const SOURCES = import.meta.glob<string>(["./**/*.{ts,tsx}", "!./**/*.d.ts"], {
  query: "?raw",
  import: "default",
  eager: true,
});
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]*)"/g;

interface Arrow {
  from: string;
  to: string;
}

const ARROWS: readonly Arrow[] = Object.entries(SOURCES).flatMap(([file, text]) =>
  [...text.matchAll(IMPORT)].map(([, path = ""]) => ({ from: plain(file), to: plain(`${file}/../${path}`) })),
);

function plain(path: string): string {
  return new URL(path, "file:///").pathname.slice(1);
}

function roomOf(path: string): string {
  const [room, rest] = path.split("/");
  return rest === undefined ? "." : (room ?? "");
}

function folderOf(path: string): string {
  return path.split("/").slice(0, 2).join("/");
}

function said({ from, to }: Arrow): string {
  return `${from} imports ${to}`;
}

test("every folder of the page has its floor", () => {
  const rooms = new Set(ARROWS.flatMap(({ from, to }) => [roomOf(from), roomOf(to)]));
  expect([...rooms].sort()).toEqual([...FLOORS].sort());
});

test("nothing imports from a floor above its own", () => {
  const floors: readonly string[] = FLOORS;
  const up = ARROWS.filter(({ from, to }) => floors.indexOf(roomOf(to)) > floors.indexOf(roomOf(from)));
  expect(up.map(said)).toEqual([]);
});

test("no screen imports from another, and no part from another", () => {
  const across = ARROWS.filter(
    ({ from, to }) => DIVIDED.includes(roomOf(from)) && roomOf(from) === roomOf(to) && folderOf(from) !== folderOf(to),
  );
  expect(across.map(said)).toEqual([]);
});
