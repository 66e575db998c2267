/** The roles with what each may do. */
import type { Role } from "../../api/types";

export const ROLES: readonly { value: Role; text: string; help: string }[] = [
  { value: "annotator", text: "Annotator", help: "Labels pictures and answers questions." },
  { value: "reviewer", text: "Reviewer", help: "Also looks over the marks of others, doubts, and exports." },
  { value: "lead", text: "Lead", help: "Also labels, import, training, members and settings." },
];
