/** The pages of a project, for the row of pages and the palette, and who may open them. */
import type { Role } from "../api/types";

interface Page {
  to: string;
  text: string;
  roles: readonly Role[];
}

const ALL: readonly Role[] = ["annotator", "reviewer", "lead"];
const REVIEW: readonly Role[] = ["reviewer", "lead"];
const LEAD: readonly Role[] = ["lead"];

const PAGES: readonly Page[] = [
  { to: "", text: "Overview", roles: ALL },
  { to: "labels", text: "Labels", roles: ALL },
  { to: "pictures", text: "Pictures", roles: ALL },
  { to: "models", text: "Models", roles: ALL },
  { to: "audit", text: "Blind questions", roles: ALL },
  { to: "doubts", text: "Doubts", roles: REVIEW },
  { to: "import", text: "Import", roles: LEAD },
  { to: "export", text: "Export", roles: REVIEW },
  { to: "members", text: "Members", roles: ALL },
  { to: "settings", text: "Settings", roles: LEAD },
];

/** The pages that this role may open. */
export function pagesFor(role: Role): readonly Page[] {
  return PAGES.filter((page) => page.roles.includes(role));
}
