/**
 * Which stylesheet may win over which. Every one lies in one layer, that of its folder; the order of the layers stands in
 * public/layers.css. What a screen needs otherwise of a control of `ui` is a kind of it, a class of the screen's own or a
 * variable: `--meter-height`.
 */
import { expect, test } from "vitest";

const SHEETS = import.meta.glob<string>("./**/*.css", { query: "?raw", import: "default", eager: true });
const ORDER = import.meta.glob<string>("../public/layers.css", { query: "?raw", import: "default", eager: true });
const PAGE = import.meta.glob<string>("../index.html", { query: "?raw", import: "default", eager: true });

/** Folder -> the layers that its stylesheets may lie in. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  styles: ["base", "device"],
  ui: ["ui"],
  keys: ["parts"],
  coach: ["parts"],
  frame: ["parts"],
  parts: ["parts"],
  screens: ["screen"],
};

interface Sheet {
  path: string;
  folder: string;
  /** Without comments and imports. */
  text: string;
}

const sheets: readonly Sheet[] = Object.entries(SHEETS).map(([path, text]) => ({
  path,
  folder: path.split("/")[1] ?? "",
  text: bare(text),
}));

function bare(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/@import [^;]*;/g, "")
    .trim();
}

/** The layer that holds all of the text; null when something stands outside of one. */
function layerOf(text: string): string | null {
  const [start, name] = /^@layer ([a-z]+) \{/.exec(text) ?? [];
  if (start === undefined || name === undefined) return null;
  let depth = 1;
  let at = start.length;
  for (; depth > 0 && at < text.length; at += 1) {
    if (text[at] === "{") depth += 1;
    if (text[at] === "}") depth -= 1;
  }
  return at === text.length && depth === 0 ? name : null;
}

/** The class names in the selectors. */
function classesOf(text: string): Set<string> {
  const selectors = [...text.matchAll(/([^{};]+)\{/g)].map(([, selector = ""]) => selector);
  return new Set(
    selectors.flatMap((selector) => [...selector.matchAll(/\.([a-zA-Z][\w-]*)/g)].map(([, name]) => name ?? "")),
  );
}

test("every stylesheet lies in the layer of its folder, and in no other", () => {
  const astray = sheets.filter(({ folder, text }) => !LAYERS[folder]?.includes(layerOf(text) ?? ""));
  expect(astray.map(({ path }) => path)).toEqual([]);
  expect(sheets.length).toBeGreaterThan(30);
});

test("the order of the layers is declared before any stylesheet comes", () => {
  expect(bare(Object.values(ORDER)[0] ?? "")).toBe("@layer base, ui, parts, screen, device;");
  const [first] = /<link rel="stylesheet"[^>]*>/.exec(Object.values(PAGE)[0] ?? "") ?? [];
  expect(first).toContain('href="/layers.css"');
});

test("a screen restyles no class of the controls", () => {
  const own = new Set(sheets.filter(({ folder }) => folder === "ui").flatMap(({ text }) => [...classesOf(text)]));
  const restyled = sheets
    .filter(({ folder }) => folder === "screens")
    .flatMap(({ path, text }) =>
      [...classesOf(text)].filter((name) => own.has(name)).map((name) => `${path}: .${name}`),
    );
  expect(restyled).toEqual([]);
  expect(own).toContain("button");
});
