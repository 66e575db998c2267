/** Short names for the server's own types; everything here comes from the generated schema. */
import type { components } from "./schema";

export type Schemas = components["schemas"];

export type Person = Schemas["Person"];
export type Session = Schemas["Session"];
export type Project = Schemas["Project"];
export type Role = Schemas["Role"];
export type Label = Schemas["Label"];
export type Cell = Schemas["Cell"];
export type CellState = Schemas["CellState"];
export type ImageBrief = Schemas["ImageBrief"];
export type ImageDetail = Schemas["ImageDetail"];
export type Next = Schemas["Next"];
export type Operation = Schemas["OperationRequest"];
export type OperationResult = Schemas["OperationResult"];
export type Job = Schemas["Job"];
export type Member = Schemas["Member"];
export type Progress = Schemas["Progress"];
export type Version = Schemas["Version"];
export type Snapshot = Schemas["Snapshot"];
export type LabelPage = Schemas["LabelPage"];
export type ClosingStatement = Schemas["ClosingStatement"];
export type LabelPreview = Schemas["LabelPreview"];
export type HistoryEntry = Schemas["HistoryEntry"];

/** Present, absent, unknown. */
export type Value = -1 | 0 | 1;
